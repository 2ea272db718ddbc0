import { SQSClient } from '@aws-sdk/client-sqs';
import * as fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { FaultRule } from '../../../localstack/embedded/faults/fault-plan.ts';
import { limits } from '../../../shared/core/limits.ts';
import type { Part } from '../../../shared/core/plan.ts';
import { openControlPlane, type ControlPlane } from '../../builders/control-plane.ts';
import { planOf, sealOfJob, submit } from '../../builders/jobs.ts';
import { shardsIn } from '../../builders/pretend-processor.ts';
import { randomArchives, type Naming, type RandomArchive } from '../../builders/random-archives.ts';
import { ownerConfig } from '../../builders/test-stack.ts';

interface Batch {
  readonly entries: number;
  readonly bytes: number;
}

/** An SQS client that faults strike, and what it sends. */
function watchedSqs({ endpoint }: ControlPlane): { sqs: SQSClient; batches: Batch[] } {
  const Statement = { Effect: 'Allow' as const, Action: 'sqs:*', Resource: '*' };
  endpoint.addPrincipal('SPLITTER', 'secret', { arn: 'arn:aws:sts::1:assumed-role/s/s', policies: [{ Statement }] });
  const credentials = { accessKeyId: 'SPLITTER', secretAccessKey: 'secret' };
  const sqs = new SQSClient({ ...ownerConfig(endpoint.url), credentials, maxAttempts: 1 });
  onTestFinished(() => sqs.destroy());
  const batches: Batch[] = [];
  sqs.middlewareStack.add(
    (next) => async (args) => {
      const entries = 'Entries' in args.input ? (args.input.Entries ?? []) : [];
      const bodies = entries.map((entry) => ('MessageBody' in entry ? (entry.MessageBody ?? '') : ''));
      batches.push({ entries: bodies.length, bytes: Buffer.byteLength(bodies.join('')) });
      return next(args);
    },
    { step: 'initialize' },
  );
  return { sqs, batches };
}

interface Weather {
  readonly seed: number;
  readonly failedRate: number;
  readonly unreportedRate: number;
  /** Looks at the clock after which an invocation's time is over, of one invocation after the other. */
  readonly looks: readonly number[];
}

const rates = fc.constantFrom(0, 0.1, 0.5, 0.9);
const weathers = (looks: Scale['looks']): fc.Arbitrary<Weather> =>
  fc.record({
    seed: fc.nat(),
    failedRate: rates,
    unreportedRate: rates,
    looks: fc.oneof(
      { weight: 1, arbitrary: fc.constant([Infinity]) },
      {
        weight: 2,
        arbitrary: fc.array(fc.integer(looks), { minLength: 1, maxLength: 4 }),
      },
    ),
  });

/** Enough of them to fail a batch in each of its rounds; in the end SQS has no more of them. */
const faultsOf = ({ failedRate, unreportedRate }: Weather): FaultRule[] => [
  { kind: 'entry-failed', rate: failedRate, limit: 100 },
  { kind: 'entry-unreported', rate: unreportedRate, limit: 100 },
];

interface Scale {
  readonly what: string;
  readonly recipe: string;
  readonly naming: Naming;
  readonly maxEntries: number;
  readonly looks: { readonly min: number; readonly max: number };
  readonly numRuns: number;
}

/** A run takes a second at most, and a failure hundreds of them until it is the smallest one: it is told before the test's own time is over. */
const maxShrinkingMs = 60_000;

const maxInvocations = 400;

/** Invokes the splitter until it has nothing left to do; what failed is delivered again. */
async function planToEnd(plane: ControlPlane, sqs: SQSClient, looks: readonly number[]): Promise<void> {
  for (let invocation = 0; plane.waiting('uploads') > 0; invocation++) {
    const messages = await plane.receive('uploads');
    for (let failed = messages; failed.length > 0; invocation++) {
      if (invocation > maxInvocations) throw new Error(`not planned by ${maxInvocations} invocations`);
      const maxLooks = looks[invocation % looks.length] ?? Infinity;
      let count = 0;
      const remainingMs = (): number => (++count < maxLooks ? 60_000 : 0);
      const { splitter } = plane.functions({ remainingMs }, { ...plane, sqs });
      const ids = await plane.deliver('uploads', splitter, failed);
      failed = failed.filter(({ messageId }) => ids.includes(messageId));
    }
  }
}

const sourcesOf = (parts: readonly Part[]) => parts.flatMap(({ shards }) => shards.flatMap(({ sources }) => sources));

function expectPlanOf({ entries }: RandomArchive, key: string, parts: readonly Part[]): void {
  const planned = sourcesOf(parts).map(({ name, size, verdict }) => ({
    name,
    size,
    verdict: verdict?.status === 'failed' ? verdict.error.code : verdict?.reason,
  }));
  expect(planned).toEqual(entries.map((entry) => ({ verdict: undefined, ...entry, name: `${key}#${entry.name}` })));
  for (const [index, part] of parts.entries()) {
    const ordinals = sourcesOf([part]).map(({ ordinal }) => ordinal);
    expect(ordinals).toEqual(ordinals.map((_, ordinal) => ordinal));
    expect(part.header).toMatchObject({ part: index, images: ordinals.length, shards: part.shards.length });
    expect(part.header.error).toBeUndefined();
  }
}

test.for<Scale>([
  {
    what: 'many in a shard',
    recipe: 'small',
    naming: 'any',
    maxEntries: 300,
    looks: { min: 10, max: 100 },
    numRuns: 20,
  },
  {
    what: 'messages as large as they may be',
    recipe: 'small',
    naming: 'long',
    maxEntries: 500,
    looks: { min: 30, max: 300 },
    numRuns: 10,
  },
  {
    what: 'each a shard, a few a part',
    recipe: 'huge',
    naming: 'any',
    maxEntries: 40,
    looks: { min: 6, max: 16 },
    numRuns: 15,
  },
])(
  '9, 10: every entry of a random archive is planned once and sent, whatever SQS takes and however short invocations are: $what',
  { timeout: 120_000 },
  async ({ recipe, naming, maxEntries, looks, numRuns }) => {
    const plane = await openControlPlane();
    const { sqs, batches } = watchedSqs(plane);
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(randomArchives(maxEntries, naming), weathers(looks), async (archive, weather) => {
        const run = ++runs;
        const key = `archives/${run}.${archive.format}`;
        await plane.put('uploads', key, archive.bytes);
        const jobId = await submit(
          plane,
          { recipe, sources: [{ archive: `s3://uploads/${key}` }] },
          `jobs/${run}.fanlight.json`,
        );
        plane.endpoint.faults.set({ seed: weather.seed, rules: faultsOf(weather) });
        // One pass from the start: what is compressed and outlasts an invocation is refused.
        await planToEnd(plane, sqs, archive.format === 'tar.gz' ? [Infinity] : weather.looks);
        plane.endpoint.faults.clear();

        const job = await jobId();
        const parts = await planOf(plane, job);
        expectPlanOf(archive, key, parts);
        expect(await sealOfJob(plane, job)).toMatchObject({ images: archive.entries.length });

        const messages = await plane.take('shards');
        expect(messages.filter(({ body }) => Buffer.byteLength(body) > limits.maxMessageBytes)).toEqual([]);
        const sent = new Map(shardsIn(messages).map((shard) => [`${shard.part}/${shard.shard}`, shard]));
        const planned = parts.flatMap(({ shards }) => shards.map((shard) => [`${shard.part}/${shard.shard}`, shard]));
        expect(Object.fromEntries(sent)).toEqual(Object.fromEntries(planned));
        expect(batches.filter(({ entries, bytes }) => entries > 10 || bytes > limits.maxMessageBytes)).toEqual([]);
        await plane.take('receipts');
      }),
      { numRuns, interruptAfterTimeLimit: maxShrinkingMs },
    );
  },
);
