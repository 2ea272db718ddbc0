import { expect, test } from 'vitest';
import { NoticeSchema } from '../../../shared/core/notice.ts';
import { ReportSchema } from '../../../shared/core/report.ts';
import { openControlPlane, type ControlPlane } from '../../builders/control-plane.ts';
import { jobDocument, planOf, putImages, reportOf, sealOfJob, submit } from '../../builders/jobs.ts';
import { runToEnd, shardsIn } from '../../builders/pretend-processor.ts';
import { buildZip } from '../../builders/zip-builder.ts';

const deliverUploads = async (plane: ControlPlane) =>
  plane.deliver('uploads', plane.splitter, await plane.receive('uploads'));

test('a manifest of a prefix and an object becomes a planned, sealed job', async () => {
  const plane = await openControlPlane();
  await putImages(plane, 'runs/1/', ['a.jpg', 'b/c.png', 'b/', 'read me.txt', '\u0001+%.jpg']);
  await plane.put('legacy', 'x/y.jpg', 'xyz');
  const sources = [{ prefix: 's3://uploads/runs/1/' }, { object: 's3://legacy/x/y.jpg' }];
  const jobId = await submit(plane, { sources, output: { prefix: 'out/' }, force: true });
  expect(await deliverUploads(plane)).toEqual([]);

  const job = await jobId();
  const shards = shardsIn(await plane.take('shards'));
  const planned = (await planOf(plane, job)).flatMap((part) => part.shards);
  expect(planned).toEqual(shards);
  expect(shards[0]).toMatchObject({
    job,
    route: 'jobs/',
    part: 0,
    output: { prefix: 'out/' },
    fresh: true,
    force: true,
  });
  expect(shards.flatMap((shard) => shard.sources)).toMatchObject([
    { ordinal: 0, name: 'uploads/runs/1/\u0001+%.jpg', claimed: true },
    { ordinal: 1, name: 'uploads/runs/1/a.jpg', bucket: 'uploads', key: 'runs/1/a.jpg', size: 14, claimed: true },
    { ordinal: 2, name: 'uploads/runs/1/b/c.png' },
    { ordinal: 3, name: 'uploads/runs/1/read me.txt', claimed: false },
    { ordinal: 4, name: 'legacy/x/y.jpg', bucket: 'legacy', key: 'x/y.jpg', version: {}, claimed: true },
  ]);
  expect(await sealOfJob(plane, job)).toMatchObject({ parts: 1, images: 5, shards: 1 });
  expect(await plane.store.exists(`_fanlight/active/${job}`)).toBe(true);
  expect((await plane.take('receipts')).map(({ body }) => NoticeSchema.parse(JSON.parse(body)))).toEqual([
    { v: 1, kind: 'check', job },
  ]);
});

test('the manifest itself is not a source of its job', async () => {
  const plane = await openControlPlane();
  await putImages(plane, 'jobs/', []);
  await plane.put('uploads', 'jobs/x/a.jpg', 'a');
  await plane.take('uploads');
  await submit(plane, { sources: [{ prefix: 's3://uploads/jobs/x/' }] }, 'jobs/x/m.fanlight.json');
  await deliverUploads(plane);
  expect(shardsIn(await plane.take('shards')).flatMap(({ sources }) => sources.map(({ name }) => name))).toEqual([
    'a.jpg',
  ]);
});

test('a prefix that holds renditions already is not fresh, whatever is written later', async () => {
  const plane = await openControlPlane();
  await plane.put('results', 'renditions/out/x.webp', 'x');
  const sources = [{ object: 's3://uploads/a.jpg' }];
  const used = await submit(plane, { sources, output: { prefix: 'out/' } }, 'jobs/1.fanlight.json');
  const unused = await submit(plane, { sources, output: { prefix: 'other/' } }, 'jobs/2.fanlight.json');
  await deliverUploads(plane);
  expect((await jobDocument(plane, await used()))?.fresh).toBe(false);
  expect((await jobDocument(plane, await unused()))?.fresh).toBe(true);
});

test('a job without images is sealed and succeeds', async () => {
  const plane = await openControlPlane();
  const jobId = await submit(plane, { sources: [{ prefix: 's3://uploads/nothing/' }] });
  await runToEnd(plane);
  const job = await jobId();
  expect(await sealOfJob(plane, job)).toMatchObject({ parts: 0, images: 0, shards: 0 });
  expect(await reportOf(plane, job)).toMatchObject({ state: 'succeeded', images: { total: 0 } });
});

test.each([
  ['no JSON', '{', 'INVALID_MANIFEST', /no JSON/],
  ['an empty object', '', 'INVALID_MANIFEST', /no JSON/],
  ['an unknown key', { sources: [], recipie: 'web' }, 'INVALID_MANIFEST', /did you mean recipe/],
  ['an unknown recipe', { sources: [], recipe: 'smal' }, 'INVALID_RECIPE', /known are .*small/],
  ['a foreign bucket', { sources: [{ object: 's3://foreign/a.jpg' }] }, 'ACCESS_DENIED', /bucket foreign/],
  ['our own results', { sources: [{ prefix: 's3://results/renditions/' }] }, 'ACCESS_DENIED', /bucket results/],
])('a manifest with %s ends as a failed job that its owner finds', async (_, manifest, code, message) => {
  const plane = await openControlPlane();
  const jobId = await submit(plane, manifest);
  await runToEnd(plane);
  const job = await jobId();
  expect(await sealOfJob(plane, job)).toMatchObject({ parts: 0, error: { code } });
  const report = await reportOf(plane, job);
  expect(report).toMatchObject({ state: 'failed', recipe: null, error: { code } });
  expect(report?.error?.message).toMatch(message);
  expect(await plane.dump('_fanlight/active/')).toEqual({});
});

test('the results bucket is refused even where it is named as a source bucket', async () => {
  const plane = await openControlPlane();
  const jobId = await submit(plane, { sources: [{ prefix: 's3://results/renditions/' }] });
  const { splitter } = plane.functions({ sourceBuckets: ['results'] });
  await plane.deliver('uploads', splitter, await plane.receive('uploads'));
  expect(await sealOfJob(plane, await jobId())).toMatchObject({ error: { code: 'ACCESS_DENIED' } });
});

test('a manifest that was overwritten before it was read ends as a failed job; the newer one runs', async () => {
  const plane = await openControlPlane();
  const older = await submit(plane, { sources: [] });
  const newer = await submit(plane, { sources: [{ object: 's3://uploads/a.jpg' }] });
  await runToEnd(plane);
  expect(await reportOf(plane, await older())).toMatchObject({ state: 'failed', error: { code: 'SOURCE_CHANGED' } });
  expect(await reportOf(plane, await newer())).toMatchObject({ state: 'succeeded', images: { total: 1 } });
});

const reportsOf = async (plane: ControlPlane) =>
  Object.entries(await plane.dump('_fanlight/jobs/'))
    .filter(([key]) => key.endsWith('report.json'))
    .map(([, text]) => ReportSchema.parse(JSON.parse(text)));

test('an archive is a job, whatever it is called; its members are named after it', async () => {
  const plane = await openControlPlane();
  await plane.upload('any/shoot.jpg', buildZip([{ name: 'a/b.jpg', data: 'bytes' }]));
  await deliverUploads(plane);
  const [shard] = shardsIn(await plane.take('shards'));
  expect(shard).toMatchObject({ route: 'any/', fresh: true, output: { prefix: '' } });
  expect(shard?.sources).toMatchObject([
    { name: 'any/shoot.jpg#a/b.jpg', bucket: 'uploads', key: 'any/shoot.jpg', size: 5, entry: { format: 'zip' } },
  ]);
});

test('an archive that cannot be read is a failed job with the reason', async () => {
  const plane = await openControlPlane();
  await plane.upload('any/shoot.zip', Buffer.from('504b030414000000', 'hex'));
  await runToEnd(plane);
  expect(await reportsOf(plane)).toMatchObject([{ state: 'failed', error: { code: 'ARCHIVE_CORRUPT' } }]);
});

test('a job whose only source cannot be listed ends with the reason', async () => {
  const plane = await openControlPlane();
  const { splitter } = plane.functions({ sourceBuckets: ['missing-bucket'] });
  const jobId = await submit(plane, { sources: [{ prefix: 's3://missing-bucket/x/' }] });
  await plane.deliver('uploads', splitter, await plane.receive('uploads'));
  await runToEnd(plane);
  expect(await reportOf(plane, await jobId())).toMatchObject({
    state: 'failed',
    images: { total: 0 },
    error: {
      code: 'NOT_FOUND',
      message: 's3://missing-bucket/x/ cannot be listed: the bucket does not exist',
    },
  });
});

test('1: events of one upload meet one job, another upload of the same bytes is another', async () => {
  const plane = await openControlPlane();
  const manifest = { sources: [{ object: 's3://uploads/a.jpg' }] };
  const first = await submit(plane, manifest);
  const [event] = await plane.receive('uploads');
  plane.send('uploads', JSON.parse(event?.body ?? ''));
  await plane.deliver('uploads', plane.splitter, event === undefined ? [] : [event]);
  const job = await first();
  await runToEnd(plane);
  expect(await first()).toBe(job);
  const second = await submit(plane, manifest);
  await runToEnd(plane);
  expect(await second()).not.toBe(job);
  expect(Object.keys(await plane.dump('_fanlight/jobs/')).filter((key) => key.endsWith('/job.json'))).toHaveLength(2);
});

test('a late event or continuation of an ended job changes nothing', async () => {
  const plane = await openControlPlane();
  const jobId = await submit(plane, { sources: [{ object: 's3://uploads/a.jpg' }] });
  const [event] = await plane.receive('uploads');
  await plane.deliver('uploads', plane.splitter, event === undefined ? [] : [event]);
  await runToEnd(plane);
  const before = await plane.dump('');
  plane.send('uploads', JSON.parse(event?.body ?? ''));
  plane.send('uploads', { v: 1, kind: 'continue', job: await jobId(), part: 0, hop: 0 });
  plane.send('uploads', { v: 1, kind: 'continue', job: 'unknown', part: 0, hop: 0 });
  expect(await deliverUploads(plane)).toEqual([]);
  expect(plane.waiting('shards') + plane.waiting('receipts') + plane.waiting('uploads')).toBe(0);
  expect(await plane.dump('')).toEqual(before);
});

test('an inline recipe is taken without its link to a schema', async () => {
  const plane = await openControlPlane();
  const recipe = {
    $schema: 'x'.repeat(2_000_000),
    name: 'own',
    renditions: [{ name: 'one', resize: { width: 10 }, formats: { webp: {} } }],
  };
  await submit(plane, { recipe, sources: [{ object: 's3://uploads/a.jpg' }] });
  expect(await deliverUploads(plane)).toEqual([]);
  const [message] = await plane.take('shards');
  expect(message?.body.length).toBeLessThan(2_000);
});

test('thousands of images keep their order over pages of the listing', async () => {
  const plane = await openControlPlane();
  const objects = Array.from({ length: 2_500 }, (_, index) => ({ object: `s3://uploads/many/${10_000 + index}.jpg` }));
  const jobId = await submit(plane, { sources: objects });
  await deliverUploads(plane);
  const names = (await planOf(plane, await jobId())).flatMap(({ shards }) =>
    shards.flatMap(({ sources }) => sources.map(({ key }) => key)),
  );
  expect(names).toEqual(objects.map(({ object }) => object.slice('s3://uploads/'.length)));
});
