import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { ContinuationSchema } from '../../../shared/core/upload-event.ts';
import { openControlPlane, type ControlPlane } from '../../builders/control-plane.ts';
import { jobDocument, numbered, planOf, putImages, reportOf, sealOfJob, submit } from '../../builders/jobs.ts';
import { mortalClients } from '../../builders/mortal-clients.ts';
import { runToEnd, shardsIn } from '../../builders/pretend-processor.ts';
import { sourceForms } from '../../builders/source-forms.ts';
import { lowerLimits } from '../../simulation/jobs.ts';
import type { Part } from '../../../shared/core/plan.ts';

const images = numbered(7);
const manifest = { recipe: 'huge', sources: [{ prefix: 's3://uploads/runs/x/' }], output: { prefix: 'out/' } };

/** Two parts are enough for a form: requests of the first, between the two and of the last. */
const fewImages = numbered(3);

/** The stored plan without the job's id and deadline, which are others for every upload. */
async function anonymousPlan(plane: ControlPlane, job: string): Promise<unknown> {
  const { deadlineAt = '' } = (await jobDocument(plane, job)) ?? {};
  return JSON.parse(
    JSON.stringify(await planOf(plane, job))
      .replaceAll(job, 'JOB')
      .replaceAll(deadlineAt, 'DEADLINE'),
  );
}

const namesOfPlan = (parts: readonly Part[]): string[] =>
  parts.flatMap(({ shards }) => shards.flatMap(({ sources }) => sources.map(({ name }) => name)));

const bodiesOf = (messages: readonly { readonly body: string }[]): Set<string> =>
  new Set(messages.map(({ body }) => body));

/** ETags by key of all that the splitter stored, which is gone then. */
async function takeState(plane: ControlPlane): Promise<Record<string, string>> {
  const stored = await Array.fromAsync(plane.store.list('_fanlight/'));
  const Objects = stored.map(({ key: Key }) => ({ Key }));
  await plane.s3.send(new DeleteObjectsCommand({ Bucket: plane.store.bucket, Delete: { Objects, Quiet: true } }));
  return Object.fromEntries(stored.map(({ key, etag }) => [key, etag]));
}

test.for(Object.entries(sourceForms))(
  '9: killed at any request, the splitter gives the same plan, seal and shards of a %s after redelivery',
  { timeout: 120_000 },
  async ([, putForm]) => {
    using _ = lowerLimits({ maxImagesPerPart: 2, maxImagesPerShard: 1 });
    const plane = await openControlPlane();
    const sources = await putForm((key, body) => plane.put('uploads', key, body), fewImages);
    const mortal = mortalClients(plane.endpoint);
    const { splitter } = plane.functions({}, mortal);

    const jobId = await submit(plane, { ...manifest, recipe: 'small', sources });
    const [upload] = await plane.receive('uploads');
    expect(await plane.deliver('uploads', splitter, upload === undefined ? [] : [upload])).toEqual([]);
    const requests = mortal.requests();
    expect(requests).toBeGreaterThan(17);
    const job = await jobId();
    const parts = await planOf(plane, job);
    expect(parts.length).toBe(2);
    expect(namesOfPlan(parts).map((name) => name.slice(-6))).toEqual(fewImages);
    expect(await sealOfJob(plane, job)).toMatchObject({ images: fewImages.length });
    const calmShards = bodiesOf(await plane.take('shards'));
    expect(calmShards.size).toBe(fewImages.length);
    expect(await plane.take('receipts')).toHaveLength(1);
    const calmState = await takeState(plane);
    expect(Object.keys(calmState)).toContain(`_fanlight/active/${job}`);

    // The same event each time. The index after the last: everything is done, only the acknowledgement is lost.
    for (let index = 1; index <= requests + 1; index++) {
      plane.send('uploads', JSON.parse(upload?.body ?? ''));
      const messages = await plane.receive('uploads');
      mortal.dieAt(index);
      const failed = await plane.deliver('uploads', splitter, messages);
      expect(failed.length, `killed at ${index}`).toBe(index <= requests ? 1 : 0);
      mortal.dieAt(Infinity);
      expect(await plane.deliver('uploads', splitter, messages), `killed at ${index}`).toEqual([]);

      expect(bodiesOf(await plane.take('shards')), `killed at ${index}`).toEqual(calmShards);
      expect((await plane.take('receipts')).length, `killed at ${index}`).toBeGreaterThan(0);
      expect(await plane.receive('uploads')).toEqual([]);
      expect(await takeState(plane), `killed at ${index}`).toEqual(calmState);
    }
  },
);

/** Each look at the clock costs 0.4 s of an invocation's five: the shortest that a deployment may have. */
function fiveSeconds(): () => number {
  let looks = 0;
  return () => 5_000 - 400 * looks++;
}

test.for(Object.entries(sourceForms))(
  'however short invocations are, the plan of a %s is the same, byte for byte',
  async ([, putForm]) => {
    const plane = await openControlPlane();
    const sources = await putForm((key, body) => plane.put('uploads', key, body), images);
    const calmJob = await submit(plane, { ...manifest, sources }, 'jobs/calm.fanlight.json');
    await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'));
    const hurriedJob = await submit(plane, { ...manifest, sources }, 'jobs/hurried.fanlight.json');
    let invocations = 0;
    while (plane.waiting('uploads') > 0 && invocations < 100) {
      invocations += 1;
      const { splitter } = plane.functions({ remainingMs: fiveSeconds() });
      expect(await plane.deliver('uploads', splitter, await plane.receive('uploads'))).toEqual([]);
    }
    expect(invocations).toBeGreaterThan(1);
    expect(await anonymousPlan(plane, await hurriedJob())).toEqual(await anonymousPlan(plane, await calmJob()));
  },
);

test('a changed listing changes nothing of the stored parts, and the plan goes on after them', async () => {
  const plane = await openControlPlane();
  await putImages(plane, 'runs/x/', images);
  const jobId = await submit(plane, manifest);
  const messages = await plane.receive('uploads');
  const mortal = mortalClients(plane.endpoint);
  const { splitter } = plane.functions({}, mortal);
  mortal.dieAt(14);
  await plane.deliver('uploads', splitter, messages);
  const before = await planOf(plane, await jobId());
  expect(before.length).toBeGreaterThan(0);
  expect(before.at(-1)?.header.next).not.toBeNull();

  await putImages(plane, 'runs/x/', ['00.jpg', '99.jpg']);
  await plane.deliver('uploads', plane.splitter, messages);
  const after = await planOf(plane, await jobId());
  expect(after.slice(0, before.length)).toEqual(before);
  const names = after.flatMap(({ shards }) => shards.flatMap(({ sources }) => sources.map(({ name }) => name)));
  expect(names).toEqual([...images, '99.jpg']);
});

test('a part that another splitter stored first is adopted: shards are sent from the stored plan', async () => {
  const plane = await openControlPlane();
  await putImages(plane, 'runs/x/', images.slice(0, 2));
  const jobId = await submit(plane, { ...manifest, recipe: 'small' });
  const messages = await plane.receive('uploads');
  const slow = mortalClients(plane.endpoint);
  let overtaken = false;
  slow.s3.middlewareStack.add(
    (next) => async (args) => {
      if (!overtaken && 'Key' in args.input && String(args.input.Key).endsWith('plan.jsonl') && 'Body' in args.input) {
        overtaken = true;
        await putImages(plane, 'runs/x/', images);
        for (const { body } of messages) plane.send('uploads', JSON.parse(body));
        await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'));
        await plane.take('shards');
      }
      return next(args);
    },
    { step: 'initialize' },
  );
  expect(await plane.deliver('uploads', plane.functions({}, slow).splitter, messages)).toEqual([]);
  expect(overtaken).toBe(true);
  const stored = (await planOf(plane, await jobId())).flatMap(({ shards }) => shards);
  expect(stored.flatMap(({ sources }) => sources)).toHaveLength(images.length);
  expect(shardsIn(await plane.take('shards'))).toEqual(stored);
});

test('two splitters at once give one plan', async () => {
  const plane = await openControlPlane();
  await putImages(plane, 'runs/x/', images);
  const jobId = await submit(plane, manifest);
  const messages = await plane.receive('uploads');
  await Promise.all([1, 2, 3].map(() => plane.deliver('uploads', plane.splitter, messages)));
  await runToEnd(plane);
  expect(await reportOf(plane, await jobId())).toMatchObject({ state: 'succeeded', images: { total: images.length } });
});

test('11: short invocations hand the plan on by continuations until it is sealed', async () => {
  const plane = await openControlPlane();
  await putImages(plane, 'runs/x/', images);
  const jobId = await submit(plane, { ...manifest, recipe: 'small' });
  let invocations = 0;
  while (plane.waiting('uploads') > 0 && invocations < 50) {
    invocations += 1;
    // The time is over at the fifth look, so that a part is cut short after a few sources and the next is left to another invocation.
    let looks = 0;
    const { splitter } = plane.functions({ remainingMs: () => (++looks < 5 ? 60_000 : 0) });
    expect(await plane.deliver('uploads', splitter, await plane.receive('uploads'))).toEqual([]);
  }
  const parts = await planOf(plane, await jobId());
  expect(invocations).toBeGreaterThan(2);
  expect(parts.flatMap(({ shards }) => shards.flatMap(({ sources }) => sources.map(({ name }) => name)))).toEqual(
    images,
  );
  await runToEnd(plane);
  expect(await reportOf(plane, await jobId())).toMatchObject({ state: 'succeeded', images: { total: images.length } });
});

/** Time enough at the start of an invocation to set a margin, and none when it is looked at again. */
function hopeless(): () => number {
  let looks = 0;
  return () => (++looks === 1 ? 60_000 : 0);
}

test('a plan that gets nowhere ends after a bounded number of continuations, and so does its job', async () => {
  const plane = await openControlPlane();
  await putImages(plane, 'runs/x/', images);
  const jobId = await submit(plane, manifest);
  const hops: number[] = [];
  while (plane.waiting('uploads') > 0) {
    const messages = await plane.receive('uploads');
    await plane.deliver('uploads', plane.functions({ remainingMs: hopeless() }).splitter, messages);
    const continuation = ContinuationSchema.safeParse(JSON.parse(messages[0]?.body ?? ''));
    if (continuation.success) hops.push(continuation.data.hop);
  }
  expect(hops).toEqual(Array.from({ length: limits.maxHops + 1 }, (_, index) => index + 1));
  await runToEnd(plane);
  expect(await reportOf(plane, await jobId())).toMatchObject({
    state: 'failed',
    images: { total: 0 },
    error: { code: 'BUDGET_EXCEEDED' },
  });
});
