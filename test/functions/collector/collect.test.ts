import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { JobStatusSchema, PartDoneSchema, PartStatusSchema } from '../../../shared/core/job.ts';
import { ResultLineSchema } from '../../../shared/core/outcome.ts';
import type { Shard } from '../../../shared/core/shard.ts';
import { stateKey } from '../../../shared/core/state-key.ts';
import { openControlPlane, type ControlPlane } from '../../builders/control-plane.ts';
import { putImages, reportOf, stateOf, submit } from '../../builders/jobs.ts';
import { mortalClients } from '../../builders/mortal-clients.ts';
import { pretendToProcess, shardsIn } from '../../builders/pretend-processor.ts';

const names = ['a.jpg', 'bad.jpg', 'c.jpg', 'd.jpg', 'stray.txt', 'f.jpg', 'g.jpg', 'h.jpg', 'i.jpg'];
const total = { total: 9, succeeded: 7, failed: 1, skipped: 1 };

async function openWithImages(): Promise<ControlPlane> {
  const plane = await openControlPlane();
  await putImages(plane, 'runs/x/', names);
  return plane;
}

/** A sealed job of three parts, its shards not yet worked on; the seal's check notice is left out. */
async function planned(
  plane: ControlPlane,
  key = 'jobs/a.fanlight.json',
  prefix = 'runs/x/',
): Promise<{ job: string; shards: Shard[] }> {
  const jobId = await submit(plane, { recipe: 'huge', sources: [{ prefix: `s3://uploads/${prefix}` }] }, key);
  await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'));
  const shards = shardsIn(await plane.take('shards'));
  await plane.take('receipts');
  return { job: await jobId(), shards };
}

/** Everything below the job but statuses, whose lists are in the order of arrival; without the job's id and times. */
async function outcomeOfJob(plane: ControlPlane, job: string): Promise<string> {
  const all = Object.entries(await plane.dump(`_fanlight/jobs/${job}/`));
  const settled = all.filter(([key]) => !/status\.json|receipts\/|job\.json|seal\.json/.test(key));
  return JSON.stringify(settled)
    .replaceAll(job, 'JOB')
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{3}Z| UTC)/g, 'TIME')
    .replaceAll(/"durationMs\\?":\d+/g, '')
    .replaceAll(/<dt>(Took|Images per second)<\/dt><dd>[^<]*/g, '');
}

const places = fc.array(fc.nat(1_000), { minLength: 20, maxLength: 20 });

async function collectAll(plane: ControlPlane): Promise<void> {
  while (plane.waiting('receipts') > 0)
    expect(await plane.deliver('receipts', plane.collector, await plane.receive('receipts'))).toEqual([]);
}

test('a job ends when its last part is folded: results, report, page, status, no marker', async () => {
  const plane = await openWithImages();
  const { job, shards } = await planned(plane);
  expect(new Set(shards.map(({ part }) => part)).size).toBeGreaterThan(2);
  for (const shard of shards) {
    expect(await reportOf(plane, job)).toBeUndefined();
    await pretendToProcess(plane, shard);
    await collectAll(plane);
  }
  expect(await reportOf(plane, job)).toMatchObject({
    state: 'partial',
    recipe: 'huge',
    images: total,
    failures: [{ source: 'bad.jpg', code: 'CORRUPT_IMAGE', message: 'cut off' }],
    cost: { estimated: expect.any(Number), actual: expect.any(Number) },
  });
  expect(await stateOf(plane, job)).toBe('partial');
  expect(await plane.dump('_fanlight/active/')).toEqual({});
  const files = await plane.dump(`_fanlight/jobs/${job}/`);
  const lines = Object.entries(files)
    .filter(([key]) => key.endsWith('results.jsonl'))
    .flatMap(([, text]) => text.trimEnd().split('\n'))
    .map((line) => ResultLineSchema.parse(JSON.parse(line)));
  expect(lines.map(({ source }) => source)).toEqual(names.toSorted());
  const page = files[`_fanlight/jobs/${job}/report.html`];
  expect(page).toContain('partial');
  expect(page).toMatch(/Cost on AWS<\/dt>\s*<dd>about \$\S+, estimated \$/);
});

test('progress can be read while the job runs', async () => {
  const plane = await openWithImages();
  const { job, shards } = await planned(plane);
  const [first, ...rest] = shards;
  if (first === undefined) throw new Error('no shard');
  await pretendToProcess(plane, first);
  await collectAll(plane);
  const status = await plane.store.readDocument(stateKey.partStatus(job, 0), PartStatusSchema);
  expect(status?.document.counts.succeeded).toBe(first.sources.length);
  expect(status?.document.receipts).toHaveLength(1);
  for (const shard of rest.filter(({ part }) => part === 0)) await pretendToProcess(plane, shard);
  await collectAll(plane);
  const jobStatus = await plane.store.readDocument(stateKey.jobStatus(job), JobStatusSchema);
  expect(jobStatus?.document).toMatchObject({ state: 'running', foldedParts: [[0, 0]] });
});

test(
  'invariant 1: notices in any order, any number of times and in any batches give the same bytes',
  { timeout: 120_000 },
  async () => {
    const plane = await openWithImages();
    let expected: string | undefined;
    let run = 0;
    await fc.assert(
      fc.asyncProperty(places, fc.integer({ min: 1, max: 6 }), async (random, batchSize) => {
        const { job, shards } = await planned(plane, `jobs/${++run}.fanlight.json`);
        for (const shard of shards) await pretendToProcess(plane, shard);
        const notices = await plane.take('receipts');
        const duplicates = notices.filter((_, index) => (random[index] ?? 0) % 2 === 0);
        const deliveries = [...notices, ...duplicates]
          .map((message, index) => ({ message, place: random[index] ?? 0 }))
          .toSorted((a, b) => a.place - b.place)
          .map(({ message }) => message);
        for (let first = 0; first < deliveries.length; first += batchSize)
          expect(await plane.deliver('receipts', plane.collector, deliveries.slice(first, first + batchSize))).toEqual(
            [],
          );
        const outcome = await outcomeOfJob(plane, job);
        expect(outcome).toContain('report.html');
        expected ??= outcome;
        expect(outcome).toBe(expected);
      }),
      { numRuns: 8 },
    );
  },
);

test('invariant 1: deliveries that settled different images of a shard add up, and the better outcome prevails', async () => {
  const plane = await openWithImages();
  const { job, shards } = await planned(plane);
  const [first, ...rest] = shards;
  if (first === undefined) throw new Error('no shard');
  const [source] = first.sources;
  // A delivery that died half way, one that was slow, and one that failed at what the other did.
  await pretendToProcess(plane, first, first.sources.slice(0, 1));
  await pretendToProcess(
    plane,
    first,
    first.sources.map((each) => ({ ...each, name: each === source ? each.name : `bad ${each.name}` })),
  );
  await pretendToProcess(plane, first);
  for (const shard of rest) await pretendToProcess(plane, shard);
  await collectAll(plane);
  expect((await reportOf(plane, job))?.images).toEqual(total);
});

test('41: two collectors at once end a job as one does', async () => {
  const plane = await openWithImages();
  const expected = await planned(plane, 'jobs/calm.fanlight.json');
  for (const shard of expected.shards) await pretendToProcess(plane, shard);
  await collectAll(plane);

  const { job, shards } = await planned(plane, 'jobs/raced.fanlight.json');
  for (const shard of shards) await pretendToProcess(plane, shard);
  const notices = await plane.receive('receipts');
  const failed = await Promise.all([
    plane.deliver('receipts', plane.collector, notices),
    plane.deliver('receipts', plane.collector, notices.toReversed()),
    ...notices.map((notice) => plane.deliver('receipts', plane.collector, [notice])),
  ]);
  expect(failed.flat()).toEqual([]);
  expect(await outcomeOfJob(plane, job)).toBe(await outcomeOfJob(plane, expected.job));
  expect(await plane.dump('_fanlight/active/')).toEqual({});
});

test(
  'killed at any request, the collector ends the job the same way after redelivery',
  { timeout: 120_000 },
  async () => {
    const plane = await openWithImages();
    // Two parts.
    await putImages(plane, 'runs/few/', names.slice(0, 4));
    const mortal = mortalClients(plane.endpoint);
    const { collector } = plane.functions({}, mortal);
    const calm = await planned(plane, 'jobs/calm.fanlight.json', 'runs/few/');
    for (const shard of calm.shards) await pretendToProcess(plane, shard);
    const calmNotices = await plane.receive('receipts');
    mortal.dieAt(Infinity);
    await plane.deliver('receipts', collector, calmNotices);
    const expected = await outcomeOfJob(plane, calm.job);

    // Parts are worked on at once, so that the number of requests varies: until nothing is left to be killed.
    let failed: string[] = [];
    let index = 0;
    do {
      index += 1;
      const { job, shards } = await planned(plane, `jobs/${index}.fanlight.json`, 'runs/few/');
      for (const shard of shards) await pretendToProcess(plane, shard);
      const notices = await plane.receive('receipts');
      mortal.dieAt(index);
      failed = await plane.deliver('receipts', collector, notices);
      mortal.dieAt(Infinity);
      // Lambda had no answer from a dead function: the whole batch comes again.
      expect(await plane.deliver('receipts', collector, notices)).toEqual([]);
      expect(await outcomeOfJob(plane, job), `killed at ${index}`).toBe(expected);
      expect(await plane.dump('_fanlight/active/'), `killed at ${index}`).toEqual({});
      await plane.take('receipts');
    } while (failed.length > 0);
    expect(index).toBeGreaterThan(20);
  },
);

test('after the end a late notice changes nothing', async () => {
  const plane = await openWithImages();
  const { job, shards } = await planned(plane);
  for (const shard of shards) await pretendToProcess(plane, shard);
  await collectAll(plane);
  const [first] = shards;
  if (first === undefined) throw new Error('no shard');
  // A slow delivery settles an image once more, and worse.
  await pretendToProcess(
    plane,
    first,
    first.sources.map((each) => ({ ...each, name: `bad ${each.name}` })),
  );
  const before = await plane.dump('');
  await collectAll(plane);
  plane.send('receipts', { v: 1, kind: 'check', job, part: 0 });
  plane.send('receipts', { v: 1, kind: 'check', job });
  await collectAll(plane);
  expect(await plane.dump('')).toEqual(before);
});

test('a check finds receipts that nobody told of, also where the status was lost', async () => {
  const plane = await openWithImages();
  const { job, shards } = await planned(plane);
  for (const shard of shards) await pretendToProcess(plane, shard);
  const notices = await plane.take('receipts');
  await plane.deliver('receipts', plane.collector, notices.slice(0, 1));
  await plane.store.remove(stateKey.partStatus(job, 0));
  for (const part of new Set(shards.map((shard) => shard.part)))
    plane.send('receipts', { v: 1, kind: 'check', job, part });
  await collectAll(plane);
  expect((await reportOf(plane, job))?.images).toEqual(total);
});

test('a lost job status is made anew by checks of the folded parts', async () => {
  const plane = await openWithImages();
  const { job, shards } = await planned(plane);
  const last = shards.at(-1);
  for (const shard of shards.slice(0, -1)) await pretendToProcess(plane, shard);
  await collectAll(plane);
  await plane.store.remove(stateKey.jobStatus(job));
  if (last !== undefined) await pretendToProcess(plane, last);
  await collectAll(plane);
  expect(await reportOf(plane, job)).toBeUndefined();
  for (const part of new Set(shards.map((shard) => shard.part)))
    plane.send('receipts', { v: 1, kind: 'check', job, part });
  await collectAll(plane);
  expect((await reportOf(plane, job))?.images).toEqual(total);
});

test('a part folded before the plan is sealed waits for the seal', async () => {
  const plane = await openWithImages();
  const { job, shards } = await planned(plane);
  const seal = await plane.store.read(stateKey.seal(job));
  await plane.store.remove(stateKey.seal(job));
  for (const shard of shards) await pretendToProcess(plane, shard);
  await collectAll(plane);
  expect(await reportOf(plane, job)).toBeUndefined();
  await plane.store.write(stateKey.seal(job), seal?.text ?? '');
  plane.send('receipts', { v: 1, kind: 'check', job });
  await collectAll(plane);
  expect((await reportOf(plane, job))?.images).toEqual(total);
});

test('done.json says what the stored results say, even where they are not what the receipts say now', async () => {
  const plane = await openWithImages();
  const { job, shards } = await planned(plane);
  const mortal = mortalClients(plane.endpoint);
  const { collector } = plane.functions({}, mortal);
  const part0 = shards.filter(({ part }) => part === 0);
  for (const shard of part0)
    await pretendToProcess(
      plane,
      shard,
      shard.sources.map((each) => ({ ...each, name: `bad ${each.name}` })),
    );
  const notices = await plane.receive('receipts');
  for (let index = 1; !(await plane.store.exists(stateKey.results(job, 0))); index++) {
    mortal.dieAt(index);
    await plane.deliver('receipts', collector, notices);
  }
  expect(await plane.store.exists(stateKey.done(job, 0))).toBe(false);
  for (const shard of part0) await pretendToProcess(plane, shard);
  await plane.deliver('receipts', plane.collector, notices);
  const done = (await plane.store.readDocument(stateKey.done(job, 0), PartDoneSchema))?.document;
  expect(done?.counts).toMatchObject({ succeeded: 0, failed: done?.images });
});

test('what is no notice fails alone', async () => {
  const plane = await openWithImages();
  const { job } = await planned(plane);
  plane.send('receipts', { v: 2, kind: 'receipt', job });
  plane.send('receipts', { v: 1, kind: 'check', job });
  const messages = await plane.receive('receipts');
  const failed = await plane.deliver('receipts', plane.collector, messages);
  expect(failed).toEqual(messages.filter(({ body }) => body.includes('"v":2')).map(({ messageId }) => messageId));
});
