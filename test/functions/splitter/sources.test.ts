import { expect, test } from 'vitest';
import { openControlPlane, type ControlPlane } from '../../builders/control-plane.ts';
import { jobDocument, planOf, putImages, reportOf, submit } from '../../builders/jobs.ts';
import { resultsOf } from '../../builders/planned-job.ts';
import { runToEnd, shardsIn } from '../../builders/pretend-processor.ts';
import { buildZip } from '../../builders/zip-builder.ts';

/** Plans a manifest; its shards and its job. */
async function plan(plane: ControlPlane, manifest: unknown, sourceBuckets = ['legacy']) {
  const jobId = await submit(plane, manifest);
  const { splitter } = plane.functions({ sourceBuckets });
  expect(await plane.deliver('uploads', splitter, await plane.receive('uploads'))).toEqual([]);
  const shards = shardsIn(await plane.take('shards'));
  return { jobId, shards, sources: shards.flatMap(({ sources }) => sources) };
}

test('each source has its own recipe and output, and the manifest its for the others', async () => {
  const plane = await openControlPlane();
  await putImages(plane, 'runs/1/', ['a.jpg', 'b.jpg']);
  const { jobId, shards } = await plan(plane, {
    recipe: 'small',
    output: { prefix: 'img/' },
    sources: [
      { object: 's3://uploads/runs/1/a.jpg' },
      { object: 's3://uploads/runs/1/b.jpg', recipe: 'huge', output: { prefix: 'big/' } },
      { object: 's3://uploads/runs/1/a.jpg', recipe: 'huge' },
    ],
  });
  const made = shards.map(({ recipe, output, sources }) => [recipe.name, output.prefix, sources.length]);
  expect(made).toEqual([
    ['small', 'img/', 1],
    ['huge', 'big/', 1],
    ['huge', 'img/', 1],
  ]);
  expect((await jobDocument(plane, await jobId()))?.targets).toHaveLength(2);
});

test('an unknown recipe of a source is refused with its place', async () => {
  const plane = await openControlPlane();
  const jobId = await submit(plane, { sources: [{ object: 's3://uploads/a.jpg', recipe: 'smal' }] });
  await runToEnd(plane);
  expect(await reportOf(plane, await jobId())).toMatchObject({ state: 'failed', error: { code: 'INVALID_RECIPE' } });
});

test('what a filter leaves out is skipped and counted, and no budget', async () => {
  const plane = await openControlPlane();
  await putImages(plane, 'runs/1/', ['a.jpg', 'b/c.jpg', 'b/d.png', 'long name of an image.jpg']);
  const jobId = await submit(plane, {
    sources: [{ prefix: 's3://uploads/runs/1/', include: ['**/*.jpg'], exclude: ['b/**'], maxBytes: 20 }],
    budget: { images: 1 },
  });
  await runToEnd(plane);
  const results = await resultsOf(plane, await jobId());
  expect(results.map(({ source, status, reason }) => [source, status, reason])).toEqual([
    ['a.jpg', 'succeeded', undefined],
    ['b/c.jpg', 'skipped', 'filtered'],
    ['b/d.png', 'skipped', 'filtered'],
    ['long name of an image.jpg', 'skipped', 'filtered'],
  ]);
  expect(await reportOf(plane, await jobId())).toMatchObject({ state: 'succeeded', images: { total: 4, skipped: 3 } });
});

test('a list may name objects, URLs and nonsense: each line has its outcome', async () => {
  const plane = await openControlPlane();
  await putImages(plane, 'runs/1/', ['a.jpg']);
  const lines = [
    'runs/1/a.jpg',
    's3://legacy/x.jpg',
    's3://foreign/x.jpg',
    'https://images.example.com/a.png',
    'https://elsewhere.example.com/a.png',
    'https://127.0.0.1/a.png',
  ];
  await plane.put('uploads', 'lists/keys.jsonl', [...lines.map((line) => JSON.stringify(line)), '{broken'].join('\n'));
  const { sources } = await plan(plane, { sources: [{ list: 's3://uploads/lists/keys.jsonl' }] });
  const codeOf = (source: (typeof sources)[number]) =>
    source.verdict?.status === 'failed' ? source.verdict.error.code : undefined;
  expect(sources.map((source) => [source.name, codeOf(source), source.url])).toEqual([
    ['runs/1/a.jpg', undefined, undefined],
    ['s3://legacy/x.jpg', undefined, undefined],
    ['s3://foreign/x.jpg', 'ACCESS_DENIED', undefined],
    ['https://images.example.com/a.png', undefined, 'https://images.example.com/a.png'],
    ['https://elsewhere.example.com/a.png', 'URL_REFUSED', undefined],
    ['https://127.0.0.1/a.png', 'URL_REFUSED', undefined],
    [expect.stringContaining('keys.jsonl:7'), 'INVALID_MANIFEST', undefined],
  ]);
  expect(sources.every(({ claimed }) => claimed)).toBe(true);
});

test('a URL of a host that the deployment does not name refuses the manifest', async () => {
  const plane = await openControlPlane();
  const jobId = await submit(plane, { sources: [{ url: 'https://elsewhere.example.com/a.png' }] });
  await runToEnd(plane);
  expect(await reportOf(plane, await jobId())).toMatchObject({ state: 'failed', error: { code: 'URL_REFUSED' } });
});

test('a source that cannot be read has one outcome, and its neighbours have theirs', async () => {
  const plane = await openControlPlane();
  await putImages(plane, 'runs/1/', ['a.jpg']);
  await plane.put('uploads', 'runs/broken.zip', 'PK\u0003\u0004 and nothing behind it');
  const { sources } = await plan(
    plane,
    {
      sources: [
        { archive: 's3://uploads/runs/broken.zip' },
        { archive: 's3://uploads/runs/gone.tar' },
        { prefix: 's3://missing-bucket/x/' },
        { list: 's3://uploads/lists/gone.csv' },
        { inventory: 's3://uploads/inventory/gone.json' },
        { prefix: 's3://uploads/runs/1/' },
      ],
      relativeTo: 's3://uploads/runs/',
    },
    ['missing-bucket'],
  );
  expect(
    sources.map(({ name, verdict }) => [name, verdict?.status === 'failed' ? verdict.error.code : undefined]),
  ).toEqual([
    ['broken.zip', 'ARCHIVE_CORRUPT'],
    ['gone.tar', 'NOT_FOUND'],
    ['s3://missing-bucket/x/', 'NOT_FOUND'],
    ['s3://uploads/lists/gone.csv', 'NOT_FOUND'],
    ['s3://uploads/inventory/gone.json', 'NOT_FOUND'],
    ['1/a.jpg', undefined],
  ]);
});

test('a prefix leaves out what its manifest names as archive or list', async () => {
  const plane = await openControlPlane();
  await putImages(plane, 'runs/1/', ['a.jpg']);
  await plane.put('uploads', 'runs/1/x.zip', buildZip([{ name: 'b.jpg', data: 'b' }]));
  await plane.put('uploads', 'runs/1/keys.csv', 'runs/1/a.jpg');
  const { sources } = await plan(plane, {
    sources: [
      { prefix: 's3://uploads/runs/1/' },
      { archive: 's3://uploads/runs/1/x.zip' },
      { list: 's3://uploads/runs/1/keys.csv' },
    ],
    relativeTo: 's3://uploads/runs/1/',
  });
  expect(sources.map(({ name }) => name)).toEqual(['a.jpg', 'x.zip#b.jpg', 'a.jpg']);
});

test('names of members: unsafe ones fail, the first of two of one name is taken, strays are skipped', async () => {
  const plane = await openControlPlane();
  const names = [
    'a.jpg',
    '../slip.jpg',
    '/absolute.jpg',
    'C:\\windows.jpg',
    'a.jpg',
    'a+b.jpg',
    'a%2Bb.jpg',
    'café.jpg'.normalize('NFC'),
    'café.jpg'.normalize('NFD'),
    'new\nline.jpg',
    '<img onerror=alert(1)>.jpg',
    `${'x'.repeat(251)}.jpg`,
    `${'y'.repeat(1_025)}.jpg`,
  ];
  const encrypted = { flags: 1 };
  await plane.put(
    'uploads',
    'runs/x.zip',
    buildZip([
      ...names.map((name) => ({ name, data: 'data' })),
      { name: 'secret.txt', data: 'data', local: encrypted, central: encrypted },
      { name: 'secret.jpg', data: 'data', local: encrypted, central: encrypted },
    ]),
  );
  const { sources } = await plan(plane, { sources: [{ archive: 's3://uploads/runs/x.zip' }] });
  const outcomes = sources.map(({ name, verdict }) => [
    name.slice('runs/x.zip#'.length),
    verdict?.status === 'failed' ? verdict.error.code : verdict?.reason,
  ]);
  expect(outcomes).toEqual([
    ['a.jpg', undefined],
    ['../slip.jpg', 'ENTRY_UNSAFE'],
    ['/absolute.jpg', 'ENTRY_UNSAFE'],
    ['C:/windows.jpg', 'ENTRY_UNSAFE'],
    ['a.jpg', 'KEY_COLLISION'],
    ['a+b.jpg', undefined],
    ['a%2Bb.jpg', undefined],
    [names[7], undefined],
    [names[8], undefined],
    ['new\nline.jpg', undefined],
    ['<img onerror=alert(1)>.jpg', undefined],
    [names[11], undefined],
    [`${'y'.repeat(200)}…`, 'ENTRY_UNSAFE'],
    ['secret.txt', 'not-an-image'],
    ['secret.jpg', 'UNSUPPORTED_FORMAT'],
  ]);
});

test('a second name is found in another invocation as well', async () => {
  const plane = await openControlPlane();
  const entries = Array.from({ length: 9 }, (_, index) => ({ name: `${index % 5}.jpg`, data: 'data' }));
  await plane.put('uploads', 'runs/x.zip', buildZip(entries));
  const jobId = await submit(plane, { recipe: 'huge', sources: [{ archive: 's3://uploads/runs/x.zip' }] });
  let invocations = 0;
  while (plane.waiting('uploads') > 0) {
    invocations += 1;
    let looks = 0;
    const { splitter } = plane.functions({ remainingMs: () => 5_000 - 400 * looks++ });
    await plane.deliver('uploads', splitter, await plane.receive('uploads'));
  }
  expect(invocations).toBeGreaterThan(1);
  const sources = (await planOf(plane, await jobId())).flatMap(({ shards }) =>
    shards.flatMap((shard) => shard.sources),
  );
  expect(sources.map(({ verdict }) => verdict !== undefined)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1].map(Boolean));
});

test('what is empty or damaged is known when it is planned; only what claims to be an image is missed', async () => {
  const plane = await openControlPlane();
  await plane.put(
    'uploads',
    'runs/x.zip',
    buildZip([
      { name: 'empty.jpg', data: '' },
      { name: '.gitkeep', data: '' },
      { name: 'damaged.txt', data: 'data', method: 'store', central: { sizeBytes: 5 } },
    ]),
  );
  const { sources } = await plan(plane, { sources: [{ archive: 's3://uploads/runs/x.zip' }] });
  const outcomes = sources.map(({ name, verdict }) => [
    name.slice('runs/x.zip#'.length),
    verdict?.status === 'failed' ? verdict.error.code : verdict?.reason,
  ]);
  expect(outcomes).toEqual([
    ['empty.jpg', 'EMPTY_SOURCE'],
    ['.gitkeep', 'not-an-image'],
    ['damaged.txt', 'ARCHIVE_CORRUPT'],
  ]);
});
