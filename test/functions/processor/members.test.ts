import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Processor } from '../../../functions/processor/processor.ts';
import { StateStore } from '../../../shared/aws/state-store.ts';
import type { Outcome } from '../../../shared/core/outcome.ts';
import type { Shard } from '../../../shared/core/shard.ts';
import type { Source } from '../../../shared/core/source.ts';
import { layOutTar, putZip, tarSources } from '../../builders/archive-sources.ts';
import { gateAt } from '../../builders/gated-client.ts';
import { emptyFile, picture, textFile } from '../../builders/images.ts';
import { openProcessorStage, type DeliveryOptions, type ProcessorStage } from '../../builders/processor-stage.ts';
import { recordGets } from '../../builders/recorded-gets.ts';
import { buildZip, extraPart, type ZipEntrySpec } from '../../builders/zip-builder.ts';

let stage: ProcessorStage;
let pictures: Buffer[];
beforeAll(async () => {
  stage = await openProcessorStage();
  pictures = await Promise.all([1, 2, 3, 4, 5].map((seed) => picture({ seed, width: 40, height: 30 })));
});
afterAll(() => stage.dispose());

const pictureOf = (index: number): Buffer => pictures[index % pictures.length] ?? emptyFile;
const nameOf = (index: number): string => `${String(index).padStart(3, '0')}.jpg`;
const entries = (count: number, spec: Partial<ZipEntrySpec> = {}): ZipEntrySpec[] =>
  Array.from({ length: count }, (_, index) => ({ name: nameOf(index), data: pictureOf(index), ...spec }));

/** GETs of archives that a delivery makes, and the outcomes of its job so far. */
async function deliver(shard: Shard, options: DeliveryOptions = {}, parts: Partial<Processor> = {}) {
  const s3 = stage.client({});
  const gets = recordGets(s3, '.zip');
  await stage.deliver(shard, { ...options, processor: { s3, results: new StateStore(s3, 'results'), ...parts } });
  s3.destroy();
  return { gets, outcomes: await stage.outcomes(shard.job ?? '') };
}

const codes = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map(({ status, reason, error }) => error?.code ?? reason ?? status);

async function hashes({ output }: Shard): Promise<string[]> {
  const found = await stage.renditions(output.prefix);
  return Object.keys(found)
    .toSorted()
    .map((key) => found[key] ?? '');
}

/** What becomes of the same pictures as objects. */
async function hashesOfObjects(count: number): Promise<string[]> {
  const objects = Array.from({ length: count }, (_, index) => stage.put(`objects/${nameOf(index)}`, pictureOf(index)));
  const shard = stage.shardOf(await Promise.all(objects));
  await stage.deliver(shard);
  return hashes(shard);
}

test('a shard of 100 members is one GET of the archive, and gives what the same images give as objects', async () => {
  const sources = await putZip(stage, 'hundred.zip', buildZip(entries(100)));
  const shard = stage.shardOf(sources, { fresh: true });
  const requests = await stage.requestsOf(() => stage.deliver(shard));
  // The other GET looks whether the job is cancelled.
  expect(requests).toEqual({ GetObject: 2, PutObject: 101, SendMessageBatch: 1 });
  const outcomes = await stage.outcomes(shard.job ?? '');
  expect(outcomes.map(({ status, attempts }) => [status, attempts])).toEqual(sources.map(() => ['succeeded', 1]));
  expect(outcomes.map(({ source }) => source)).toEqual(sources.map(({ name }) => name));
  expect(await hashes(shard)).toEqual(await hashesOfObjects(100));
  const [receipt] = await stage.receipts(shard.job ?? '');
  expect(receipt?.bytesIn).toBe(sources.reduce((sum, { size = 0 }) => sum + size, 0));
  expect(await stage.leftovers()).toEqual([]);
});

test.each<{ how: string; spec: Partial<ZipEntrySpec> }>([
  { how: 'stored', spec: { method: 'store' } },
  { how: 'with data descriptors', spec: { dataDescriptor: true } },
  { how: 'in zip64 form', spec: { zip64: true } },
])('members $how are read by one GET too', async ({ how, spec }) => {
  const shard = stage.shardOf(await putZip(stage, `${how}.zip`, buildZip(entries(6, spec))));
  const { gets, outcomes } = await deliver(shard);
  expect(codes(outcomes)).toEqual(Array.from({ length: 6 }, () => 'succeeded'));
  expect(gets).toHaveLength(1);
  expect(await hashes(shard)).toEqual(await hashesOfObjects(6));
});

/** Stored as it is. */
const filler = (bytes: number): ZipEntrySpec => ({
  name: `filler-${bytes}`,
  data: randomBytes(bytes),
  method: 'store',
});

test('what lies between is read over while it is small, and gone around when it is large', async () => {
  const [a = filler(0), b = a, c = a] = entries(3);
  const sources = await putZip(stage, 'gaps.zip', buildZip([a, filler(1_000_000), b, filler(1_100_000), c]));
  const shard = stage.shardOf(sources.filter(({ name }) => name.endsWith('.jpg')));
  const { gets, outcomes } = await deliver(shard);
  expect(codes(outcomes)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  expect(gets).toHaveLength(2);
  expect(await hashes(shard)).toEqual(await hashesOfObjects(3));
});

test('members that lie in another order than they are listed are found', async () => {
  const zip = buildZip(entries(5), { order: [3, 1, 4, 0, 2] });
  const shard = stage.shardOf(await putZip(stage, 'shuffled.zip', zip));
  const { outcomes } = await deliver(shard);
  expect(codes(outcomes)).toEqual(Array.from({ length: 5 }, () => 'succeeded'));
  expect(await hashes(shard)).toEqual(await hashesOfObjects(5));
});

test.each([
  { extraBytes: 20, requests: 1 },
  { extraBytes: 60_000, requests: 2 },
])('a local extra field $extraBytes bytes longer than the directory says', async ({ extraBytes, requests }) => {
  const extra = extraPart(0xcafe, Buffer.alloc(extraBytes - 4));
  const sources = await putZip(stage, `extra-${extraBytes}.zip`, buildZip(entries(3, { local: { extra } })));
  const shard = stage.shardOf(sources);
  const { gets, outcomes } = await deliver(shard);
  expect(codes(outcomes)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  // Only behind the last member is anything missing.
  expect(gets).toHaveLength(requests);
  expect(await hashes(shard)).toEqual(await hashesOfObjects(3));
});

test('a second run reads nothing of the archive, nor does one of the same archive uploaded again', async () => {
  const zip = buildZip(entries(4));
  const first = stage.shardOf(await putZip(stage, 'again.zip', zip));
  await stage.deliver(first);
  const again = { ...first, job: 'again', sources: await putZip(stage, 'again.zip', zip) };
  const { gets, outcomes } = await deliver(again);
  expect(codes(outcomes)).toEqual(Array.from({ length: 4 }, () => 'already-done'));
  expect(gets).toEqual([]);
});

test('only what is not done is read, from where it begins', async () => {
  const sources = await putZip(stage, 'partly.zip', buildZip(entries(6)));
  const first = stage.shardOf(sources.slice(0, 3));
  await stage.deliver(first);
  const { gets, outcomes } = await deliver({ ...first, job: 'partly', sources });
  expect(codes(outcomes)).toEqual([...Array(3).fill('already-done'), ...Array(3).fill('succeeded')]);
  const start = sources[3]?.entry?.offset ?? Number.NaN;
  expect(gets).toEqual([expect.stringMatching(`^partly.zip bytes=${start}-`)]);
});

/** An archive in two versions, its image at another place in each; as listings tell of them, or events in this order. */
function twoVersions(key: string, sequencers?: readonly [string, string]) {
  const contents = [
    [...entries(1)],
    [
      { name: 'first.txt', data: textFile },
      { name: nameOf(0), data: pictureOf(1) },
    ],
  ];
  const put = (version: 0 | 1) => async (): Promise<Source[]> => {
    const sources = await putZip(stage, key, buildZip(contents[version] ?? []));
    return sources
      .filter(({ name }) => name.endsWith('.jpg'))
      .map((source) => ({ ...source, version: { ...source.version, sequencer: sequencers?.[version] } }));
  };
  return { putOlder: put(0), putNewer: put(1) };
}

test('once the newer version of an archive is rendered the older one is refused, without being read', async () => {
  const { putOlder, putNewer } = twoVersions('late-event.zip', ['01', '02']);
  const older = await putOlder();
  const shard = stage.shardOf(await putNewer());
  await stage.deliver(shard);
  const calm = await hashes(shard);
  const { gets, outcomes } = await deliver({ ...shard, job: 'late-event', sources: older });
  expect(codes(outcomes)).toEqual(['SOURCE_CHANGED']);
  expect(gets).toEqual([]);
  expect(await hashes(shard)).toEqual(calm);
});

test('an older version of an archive that was read in time does not overwrite the newer one', async () => {
  const { putOlder, putNewer } = twoVersions('in-time.zip');
  const older = stage.shardOf(await putOlder());
  const s3 = stage.client({});
  // Whether the job is cancelled, what there is, the archive, and then the rendition is held up.
  const gate = gateAt(s3, 4);
  const ended = stage.deliver(older, { processor: { s3, results: new StateStore(s3, 'results') } });
  await gate.reached;
  const newer = { ...older, job: 'in-time', sources: await putNewer() };
  await stage.deliver(newer);
  const calm = await hashes(newer);
  gate.open();
  await ended;
  s3.destroy();
  expect(codes(await stage.outcomes('in-time'))).toEqual(['succeeded']);
  expect(codes(await stage.outcomes(older.job ?? ''))).toEqual(['SOURCE_CHANGED']);
  expect(await hashes(newer)).toEqual(calm);
});

test('what the time does not suffice for goes on in a copy, with a GET of its own', async () => {
  const sources = await putZip(stage, 'late.zip', buildZip(entries(6)));
  const shard = stage.shardOf(sources, { fresh: true });
  let asked = -1;
  const first = await deliver(shard, { remainingMs: () => (asked++ < 2 ? 120_000 : 0) }, { lanes: 1 });
  expect(codes(first.outcomes)).toEqual(['succeeded', 'succeeded']);
  const [copy] = await stage.copies(shard.job ?? '');
  expect(copy?.shard.sources).toEqual(sources.slice(2));
  const { gets, outcomes } = await deliver(copy?.shard ?? shard);
  expect(codes(outcomes)).toEqual(sources.map(() => 'succeeded'));
  expect(gets).toEqual([expect.stringMatching(`^late.zip bytes=${sources[2]?.entry?.offset}-`)]);
  expect(await stage.leftovers()).toEqual([]);
});

test('empty members, strays and giants have their outcome without being read', async () => {
  const kinds = [
    { name: 'empty.jpg', data: emptyFile },
    { name: 'notes.txt', data: textFile },
    { name: 'fine.jpg', data: pictureOf(0) },
    { name: 'giant.jpg', data: pictureOf(1) },
    { name: 'text.jpg', data: textFile },
  ];
  const sources = await putZip(stage, 'kinds.zip', buildZip(kinds));
  const declared = sources.map((source) =>
    source.name.endsWith('giant.jpg') ? { ...source, size: 600_000_000 } : source,
  );
  const { gets, outcomes } = await deliver(stage.shardOf(declared));
  expect(codes(outcomes)).toEqual(['EMPTY_SOURCE', 'not-an-image', 'succeeded', 'TOO_LARGE', 'UNSUPPORTED_FORMAT']);
  expect(gets).toHaveLength(1);
});

test('members of a tar are cut out as they are, beside objects and members of zips', async () => {
  const members = pictures.map((data, index) => ({ name: nameOf(index), data }));
  const { bytes, offsets } = layOutTar(members);
  const archive = await stage.put('shoot.tar', bytes);
  const tar = tarSources(archive, members, (index) => ({ format: 'tar', offset: offsets[index] ?? 0 }));
  const zip = await putZip(stage, 'beside.zip', buildZip(entries(2)));
  const object = await stage.put('beside.jpg', pictureOf(0));
  const sources = [...tar.slice(0, 2), object, ...zip, ...tar.slice(2)];
  const shard = stage.shardOf(
    sources.map((source, ordinal) => ({ ...source, ordinal })),
    { fresh: true },
  );
  const requests = await stage.requestsOf(() => stage.deliver(shard));
  // Two runs of the tar, one of the zip, the object, and whether the job is cancelled.
  expect(requests['GetObject']).toBe(5);
  expect(codes(await stage.outcomes(shard.job ?? ''))).toEqual(sources.map(() => 'succeeded'));
});

test('members of a compressed tar are read where they were unpacked to, whatever job that was', async () => {
  const members = pictures.map((data, index) => ({ name: nameOf(index), data }));
  const { offsets } = layOutTar(members);
  const archive = await stage.put('shoot.tar.gz', Buffer.from('not looked at'));
  const unpackedBy = async (job: string): Promise<Source[]> => {
    const key = `_fanlight/scratch/${job}/0`;
    await stage.s3.send(
      new PutObjectCommand({ Bucket: 'results', Key: key, Body: Buffer.concat(members.map(({ data }) => data)) }),
    );
    const before = (index: number) => members.slice(0, index).reduce((sum, { data }) => sum + data.length, 0);
    const scratch = (index: number) => ({ key, offset: before(index) });
    return tarSources(archive, members, (index) => ({
      format: 'tar',
      offset: offsets[index] ?? 0,
      scratch: scratch(index),
    }));
  };
  const first = stage.shardOf(await unpackedBy('one'), { fresh: true });
  expect(await stage.requestsOf(() => stage.deliver(first))).toMatchObject({ GetObject: 2 });
  expect(codes(await stage.outcomes(first.job ?? ''))).toEqual(members.map(() => 'succeeded'));
  expect(await hashes(first)).toEqual(await hashesOfObjects(5));
  const second = { ...first, fresh: false, job: 'other-scratch', sources: await unpackedBy('two') };
  expect(await stage.requestsOf(() => stage.deliver(second))).toMatchObject({ GetObject: 1, HeadObject: 5 });
  expect(codes(await stage.outcomes(second.job))).toEqual(members.map(() => 'already-done'));
});

test('what was unpacked and has expired is not found, with what to do', async () => {
  const members = [{ name: nameOf(0), data: await picture() }];
  const archive = await stage.put('shoot.tar.gz', Buffer.from('not looked at'));
  const scratch = { key: '_fanlight/scratch/expired/0', offset: 0 };
  const shard = stage.shardOf(tarSources(archive, members, () => ({ format: 'tar', offset: 512, scratch })));
  await stage.deliver(shard);
  const [outcome] = await stage.outcomes(shard.job ?? '');
  expect(outcome?.error).toEqual({
    code: 'NOT_FOUND',
    message: 'what was unpacked of the archive has expired; submit the archive again',
  });
});
