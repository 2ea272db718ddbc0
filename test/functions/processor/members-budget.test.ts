import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ByteBudget } from '../../../functions/processor/byte-budget.ts';
import type { RequestHandler } from '../../../localstack/embedded/endpoint.ts';
import { StateStore } from '../../../shared/aws/state-store.ts';
import { putZip } from '../../builders/archive-sources.ts';
import { picture } from '../../builders/images.ts';
import { openProcessorStage, type ProcessorStage } from '../../builders/processor-stage.ts';
import { buildZip } from '../../builders/zip-builder.ts';

// Two members never lie there at once.
vi.mock(import('../../../functions/processor/scratch.ts'), async (original) => {
  const real = await original();
  const openScratch = async (parent: string) => ({
    ...(await real.openScratch(parent)),
    sourceBytes: new ByteBudget(500),
  });
  return { ...real, openScratch };
});

let stage: ProcessorStage;
beforeAll(async () => {
  stage = await openProcessorStage();
});
afterAll(() => stage.dispose());

const memberNames = (count: number) => Array.from({ length: count }, (_, index) => `${index}.jpg`);

async function shardOf(key: string, count: number) {
  const data = await picture({ width: 40, height: 30 });
  const zip = buildZip(memberNames(count).map((name) => ({ name, data, method: 'store' })));
  const sources = await putZip(stage, key, zip);
  expect((sources[0]?.size ?? 0) * 2).toBeGreaterThan(500);
  return stage.shardOf(sources);
}

/** Holds the looks for earlier renditions of the first image until those of others have been answered. */
function firstLookLast(others: number): RequestHandler {
  let answered = 0;
  return (req, res, url) => {
    if (req.method !== 'HEAD') return false;
    const answer = (): void => void res.writeHead(404).end();
    if (!url.pathname.includes('%230.jpg')) {
      answered += 1;
      answer();
    } else {
      const wait = setInterval(() => {
        if (answered < others) return;
        clearInterval(wait);
        // By now the others have gone on to whatever they wait for.
        setTimeout(answer, 50);
      }, 5);
    }
    return true;
  };
}

test('members that are ready before their turn hold no bytes that an earlier one needs', async () => {
  const shard = await shardOf('ready.zip', 6);
  await stage.during(firstLookLast(5), () => stage.deliver(shard, { processor: { lanes: 6 } }));
  const outcomes = await stage.outcomes(shard.job ?? '');
  expect(outcomes.map(({ status }) => status)).toEqual(Array(6).fill('succeeded'));
});

test.each([1, 2, 7, 40])('with room for one member at a time and %i lanes all get done', async (lanes) => {
  const shard = await shardOf(`lanes-${lanes}.zip`, 40);
  const s3 = stage.client({});
  const processor = { s3, results: new StateStore(s3, 'results'), lanes };
  const requests = await stage.requestsOf(() => stage.deliver(shard, { processor }));
  s3.destroy();
  const outcomes = await stage.outcomes(shard.job ?? '');
  expect(outcomes.map(({ status }) => status)).toEqual(Array(40).fill('succeeded'));
  expect(requests['GetObject']).toBe(2);
  expect(await stage.leftovers()).toEqual([]);
});
