import { expect, test } from 'vitest';
import { joinOutcomes, type Outcome } from '../../shared/core/outcome.ts';
import { ReceiptSchema } from '../../shared/core/receipt.ts';
import { Witness } from '../model/witness.ts';
import { runCalmly } from '../simulation/calm.ts';
import { isDrained, upload } from '../simulation/jobs.ts';
import { openWorld } from '../simulation/open-world.ts';
import type { World } from '../simulation/world.ts';
import { Storm } from './storm.ts';

const schedules = Number(process.env['FANLIGHT_CHAOS_SCHEDULES'] ?? 200) / 2;
const timeout = 3_600_000;
const maxSteps = 20_000;

const uploads: readonly (readonly [name: string, content: string])[] = [
  ['1.jpg', 'picture one'],
  ['2 b.jpg', 'picture two'],
  ['3.jpg', 'broken three'],
  ['4.jpg', 'killer four'],
  ['5.txt', 'text five'],
  ['6.jpg', 'picture six'],
];

function openUploads(): { world: World; witness: Witness } {
  const world = openWorld();
  const witness = new Witness(world);
  for (const [name, content] of uploads) upload(world, `images/${name}`, content);
  return { world, witness };
}

const rank = { succeeded: 2, skipped: 1, failed: 0 };

/** By source; where an image was in several shards, as redeliveries may bundle it, the best of its outcomes. */
function outcomesOf(world: World): Record<string, string> {
  const results = world.results();
  const receipts = results
    .keys('_fanlight/daily/')
    .map((key) => ({ key, receipt: ReceiptSchema.parse(JSON.parse(results.get(key)?.body.toString() ?? '')) }));
  const best = new Map<string, Outcome>();
  for (const ofShard of Map.groupBy(receipts, ({ receipt }) => receipt.shard).values()) {
    const witnessed = ofShard.flatMap(({ key, receipt }) =>
      receipt.outcomes.map((outcome) => ({ receipt: key, outcome })),
    );
    for (const { outcome } of joinOutcomes(witnessed).values()) {
      const other = best.get(outcome.source);
      if (other === undefined || rank[outcome.status] > rank[other.status]) best.set(outcome.source, outcome);
    }
  }
  return Object.fromEntries([...best].map(([source, { status, error }]) => [source, `${status} ${error?.code ?? ''}`]));
}

function renditionsOf(world: World): Record<string, string | undefined> {
  const results = world.results();
  return Object.fromEntries(results.keys('renditions/').map((key) => [key, results.get(key)?.etag]));
}

test(`${schedules} storms over single images come to what a calm day comes to`, { timeout }, async () => {
  const calm = openUploads().world;
  await runCalmly(calm, () => isDrained(calm));
  const expected = { outcomes: outcomesOf(calm), renditions: renditionsOf(calm) };
  expect(Object.keys(expected.outcomes)).toHaveLength(uploads.length);

  for (let seed = 1; seed <= schedules; seed++) {
    const { world, witness } = openUploads();
    // Nobody sweeps single images: what SQS loses is lost.
    const storm = new Storm(world, seed, 0);
    for (let step = 0; step < maxSteps && !(isDrained(world) && world.running.length === 0); step++)
      if (!(await storm.step())) await world.pass(world.nextEventMs());
    expect({ outcomes: outcomesOf(world), renditions: renditionsOf(world) }, `seed ${seed}`).toEqual(expected);
    expect([...witness.unsafeWrites, ...witness.astray, ...witness.uncounted, ...world.leftovers]).toEqual([]);
  }
});
