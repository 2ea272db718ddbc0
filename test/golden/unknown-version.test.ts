import { expect, test } from 'vitest';
import { PartStatusSchema } from '../../shared/core/job.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import { openControlPlane, type ControlPlane, type Functions, type QueueName } from '../builders/control-plane.ts';
import { putImages, reportOf, submit } from '../builders/jobs.ts';
import { pretendToProcess, runToEnd, shardsIn } from '../builders/pretend-processor.ts';

const consumers: { queue: QueueName; name: keyof Functions & ('splitter' | 'collector' | 'rescuer') }[] = [
  { queue: 'uploads', name: 'splitter' },
  { queue: 'receipts', name: 'collector' },
  { queue: 'rescue', name: 'rescuer' },
];

// The processor's is in its own tests: it needs a pool.
test.each(consumers)(
  'the $name returns a message of an unknown version, and works on its neighbours',
  async (consumer) => {
    const { queue, name } = consumer;
    const plane = await openControlPlane();
    await putImages(plane, 'runs/x/', ['a.jpg']);
    const jobId = await submit(plane, { sources: [{ prefix: 's3://uploads/runs/x/' }] });
    if (queue !== 'uploads') await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'));
    const [shard] = shardsIn(await plane.take('shards'));
    if (queue === 'receipts' && shard !== undefined) await pretendToProcess(plane, shard);
    if (queue === 'rescue') plane.send('rescue', shard);
    for (const kind of ['continue', 'receipt', undefined]) plane.send(queue, { v: 2, kind, job: 'a', anything: 'new' });

    const messages = await plane.receive(queue);
    const failed = await plane.deliver(queue, plane[name], messages);
    const unknown = messages.filter(({ body }) => body.includes('"v":2'));
    expect(unknown).toHaveLength(3);
    expect(failed.toSorted()).toEqual(unknown.map(({ messageId }) => messageId).toSorted());
    expect(await jobId()).toMatch(/^[0-9a-f]{24}$/);
  },
);

/** A job of one part whose notices wait, and its stored document under a key, made one of version 2. */
async function withNewer(keyOf: (job: string) => string): Promise<{ plane: ControlPlane; job: string; key: string }> {
  const plane = await openControlPlane();
  await putImages(plane, 'runs/x/', ['a.jpg', 'b.jpg']);
  const jobId = await submit(plane, { sources: [{ prefix: 's3://uploads/runs/x/' }] });
  await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'));
  const job = await jobId();
  const [first, ...rest] = shardsIn(await plane.take('shards')).flatMap((shard) =>
    shard.sources.map((source) => ({ ...shard, sources: [source] })),
  );
  if (first !== undefined) await pretendToProcess(plane, first);
  await plane.deliver('receipts', plane.collector, await plane.receive('receipts'));
  for (const shard of rest) await pretendToProcess(plane, shard);
  const key = keyOf(job);
  const text = (await plane.store.read(key))?.text ?? '';
  await plane.store.write(key, text.replace('"v":1', '"v":2'));
  return { plane, job, key };
}

test.each([
  { document: "a part's status", keyOf: (job: string) => stateKey.partStatus(job, 0) },
  { document: 'a seal', keyOf: stateKey.seal },
])('$document of an unknown version stays as it is, and the job goes on once it can be read', async ({ keyOf }) => {
  const { plane, job, key } = await withNewer(keyOf);
  const stored = await plane.store.read(key);
  expect(stored?.text).toContain('"v":2');
  const notices = await plane.receive('receipts');
  expect(await plane.deliver('receipts', plane.collector, notices)).toEqual(notices.map(({ messageId }) => messageId));
  expect(await plane.store.read(key)).toEqual(stored);
  expect(await reportOf(plane, job)).toBeUndefined();

  await plane.store.write(key, stored?.text.replace('"v":2', '"v":1') ?? '');
  expect(await plane.deliver('receipts', plane.collector, notices)).toEqual([]);
  await runToEnd(plane);
  expect(await reportOf(plane, job)).toMatchObject({ images: { total: 2, succeeded: 2 } });
});

test('the error names key and version', async () => {
  const { plane, key } = await withNewer((job) => stateKey.partStatus(job, 0));
  await expect(plane.store.readDocument(key, PartStatusSchema)).rejects.toMatchObject({
    code: 'INTERNAL',
    message: `${key} cannot be read: it has version 2, and only version 1 is known here`,
  });
});
