import { expect, test } from 'vitest';
import { recordReceipt } from '../../../shared/aws/stored-receipts.ts';
import { MessageQueue } from '../../../shared/aws/message-queue.ts';
import { stateKey } from '../../../shared/core/state-key.ts';
import { openControlPlane, type ControlPlane } from '../../builders/control-plane.ts';
import { jobDocument, planOf, reportOf, submit } from '../../builders/jobs.ts';
import { mortalClients } from '../../builders/mortal-clients.ts';
import { clientOf, collectAll, fewImages, nineNames, planNine, resultsOf } from '../../builders/planned-job.ts';
import { pretendToProcess, runToEnd } from '../../builders/pretend-processor.ts';
import { outcomeOf, receiptOf } from '../../builders/protocol.ts';

/** A job that has ended, with bad.jpg and whatever is not worked on failed. */
async function ended(plane: ControlPlane, shardsDone = Infinity, manifest: object = {}): Promise<string> {
  const { job, shards } = await planNine(plane, undefined, { output: { prefix: 'out/' }, ...manifest });
  for (const shard of shards.slice(0, shardsDone)) await pretendToProcess(plane, shard);
  await collectAll(plane);
  await clientOf(plane).cancel(job);
  await collectAll(plane);
  if ((await reportOf(plane, job)) === undefined) throw new Error('the job has not ended');
  return job;
}

async function retried(plane: ControlPlane, parent: string): Promise<string> {
  const submitted = await clientOf(plane).retry(parent);
  await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'));
  const job = await clientOf(plane).findJob(submitted);
  if (job === undefined) throw new Error('no job');
  return job;
}

const sourcesOf = async (plane: ControlPlane, job: string) =>
  (await planOf(plane, job)).flatMap(({ shards }) => shards.flatMap(({ sources }) => sources));

test('a retry is a job of its own, of the failed images alone, by the recipe and into the output of its parent', async () => {
  const plane = await openControlPlane();
  const parent = await ended(plane);
  const job = await retried(plane, parent);
  expect(job).not.toBe(parent);
  const { recipe, output, sources } = (await jobDocument(plane, parent)) ?? {};
  expect(await jobDocument(plane, job)).toMatchObject({ parent, recipe, output, sources });
  const failed = (await sourcesOf(plane, parent)).filter(({ name }) => name === 'bad.jpg');
  expect(await sourcesOf(plane, job)).toEqual(failed.map((source) => ({ ...source, ordinal: 0 })));
  await runToEnd(plane);
  expect(await reportOf(plane, job)).toMatchObject({ parent, images: { total: 1, failed: 1 } });
  expect((await plane.store.read(stateKey.reportHtml(job)))?.text).toContain(parent);
  expect(await reportOf(plane, parent)).not.toHaveProperty('parent');
});

test('a retry can be retried, and one of a job without failures has nothing to do', async () => {
  const plane = await openControlPlane();
  const first = await retried(plane, await ended(plane));
  await runToEnd(plane);
  const second = await retried(plane, first);
  expect((await sourcesOf(plane, second)).map(({ name }) => name)).toEqual(['bad.jpg']);
  const [good] = await sourcesOf(plane, first);
  if (good === undefined) throw new Error('no source');
  const shards = (await planOf(plane, second)).flatMap((part) => part.shards);
  for (const shard of shards) await pretendToProcess(plane, shard, [{ ...good, name: 'now.jpg' }]);
  await plane.take('shards');
  await runToEnd(plane);
  expect(await reportOf(plane, second)).toMatchObject({ state: 'succeeded', parent: first });
  const third = await retried(plane, second);
  await runToEnd(plane);
  expect(await reportOf(plane, third)).toMatchObject({ state: 'succeeded', images: { total: 0 } });
});

test(
  '9: killed at any request, the splitter plans the failed images of all parts once, in order',
  { timeout: 120_000 },
  async () => {
    const plane = await openControlPlane();
    const parent = await ended(plane, 0, fewImages);
    const failed = (await resultsOf(plane, parent)).filter(({ status }) => status === 'failed');
    expect(failed).toHaveLength(4);
    const mortal = mortalClients(plane.endpoint);
    const { splitter } = plane.functions({}, mortal);
    let killed = true;
    for (let index = 1; killed; index++) {
      const submitted = await clientOf(plane).retry(parent);
      const messages = await plane.receive('uploads');
      mortal.dieAt(index);
      killed = (await plane.deliver('uploads', splitter, messages)).length > 0;
      await plane.deliver('uploads', plane.splitter, messages);
      const job = (await clientOf(plane).findJob(submitted)) ?? '';
      const plan = await planOf(plane, job);
      expect(plan.length, `killed at ${index}`).toBeGreaterThan(1);
      const names = (await sourcesOf(plane, job)).map(({ name }) => name);
      expect(names, `killed at ${index}`).toEqual(failed.map(({ source }) => source));
      await plane.take('shards');
      await plane.take('receipts');
    }
  },
);

test('what was overwritten after it was planned is taken as it is now', async () => {
  const plane = await openControlPlane();
  const { job: parent, shards } = await planNine(plane);
  const queue = new MessageQueue(plane.sqs, plane.endpoint.queues.byName('receipts')?.url ?? '');
  for (const { job = '', part, shard, sources, partImages } of shards) {
    const outcomes = sources.map(({ ordinal, name }) => {
      const error = { code: name === 'd.jpg' ? ('SOURCE_CHANGED' as const) : ('TIMEOUT' as const), message: 'no' };
      return { ...outcomeOf(ordinal, 'failed'), source: name, error };
    });
    await recordReceipt(plane.store, queue, receiptOf(outcomes, { job, part, shard }), partImages);
  }
  await collectAll(plane);
  const sources = await sourcesOf(plane, await retried(plane, parent));
  expect(sources.map(({ name }) => name)).toEqual(nineNames.toSorted());
  expect(sources.filter(({ version }) => version.etag === undefined).map(({ name }) => name)).toEqual(['d.jpg']);
});

test('a retry of what has expired ends with the reason', async () => {
  const plane = await openControlPlane();
  const parent = await ended(plane);
  await plane.store.remove(stateKey.results(parent, 0));
  const job = await retried(plane, parent);
  await runToEnd(plane);
  expect(await reportOf(plane, job)).toMatchObject({ state: 'failed', parent, error: { code: 'NOT_FOUND' } });
});

const unknownJob = '0123456789abcdef01234567';

test.each([
  ['an unknown job', () => ({ retry: { job: unknownJob } }), 'NOT_FOUND'],
  ['no id', () => ({ retry: { job: '../../x' } }), 'INVALID_MANIFEST'],
  ['sources of its own', (job: string) => ({ retry: { job }, sources: [] }), 'INVALID_MANIFEST'],
  ['a recipe of its own', (job: string) => ({ retry: { job }, recipe: 'web' }), 'INVALID_MANIFEST'],
  ['an output of its own', (job: string) => ({ retry: { job }, output: { prefix: 'x/' } }), 'INVALID_MANIFEST'],
])('a retry with %s is refused', async (_, manifest, code) => {
  const plane = await openControlPlane();
  const jobId = await submit(plane, manifest(await ended(plane)), 'jobs/retry.fanlight.json');
  await runToEnd(plane);
  expect(await reportOf(plane, await jobId())).toMatchObject({ state: 'failed', error: { code } });
});

test('a retry by another route is refused', async () => {
  const plane = await openControlPlane();
  const jobId = await submit(plane, { retry: { job: await ended(plane) } }, 'any/retry.fanlight.json');
  await runToEnd(plane);
  expect(await reportOf(plane, await jobId())).toMatchObject({ state: 'failed', error: { code: 'ACCESS_DENIED' } });
});

test('a job that has not ended is not retried', async () => {
  const plane = await openControlPlane();
  const { job } = await planNine(plane);
  await expect(clientOf(plane).retry(job)).rejects.toMatchObject({ code: 'INVALID_MANIFEST' });
  await expect(clientOf(plane).retry(unknownJob)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const jobId = await submit(plane, { retry: { job } }, 'jobs/retry.fanlight.json');
  await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'));
  await collectAll(plane);
  expect(await reportOf(plane, await jobId())).toMatchObject({ error: { code: 'INVALID_MANIFEST' } });
});
