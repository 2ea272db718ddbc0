import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { Agent } from 'node:http';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RequestHandler } from '../../../localstack/embedded/endpoint.ts';
import { StateStore } from '../../../shared/aws/state-store.ts';
import type { Shard } from '../../../shared/core/shard.ts';
import { putZip } from '../../builders/archive-sources.ts';
import { brokenRange, shortRange, wholeInstead } from '../../builders/broken-ranges.ts';
import { unavailable } from '../../builders/faults.ts';
import { picture } from '../../builders/images.ts';
import { openProcessorStage, type ProcessorStage } from '../../builders/processor-stage.ts';
import { recordGets } from '../../builders/recorded-gets.ts';
import { buildZip, type ZipEntrySpec } from '../../builders/zip-builder.ts';

let stage: ProcessorStage;
let good: Buffer;
/** Of `good` as an object. */
let goodHash: string | undefined;
beforeAll(async () => {
  stage = await openProcessorStage();
  good = await picture({ width: 40, height: 30 });
  const shard = stage.shardOf([await stage.put('good.jpg', good)]);
  await stage.deliver(shard);
  [goodHash] = Object.values(await stage.renditions(shard.output.prefix));
});
afterAll(() => stage.dispose());

/** Delivers a shard and counts the GETs of its archive. */
async function deliver(shard: Shard): Promise<string[]> {
  const s3 = stage.client({});
  const gets = recordGets(s3, '.zip');
  await stage.deliver(shard, { processor: { s3, results: new StateStore(s3, 'results') } });
  s3.destroy();
  return gets;
}

async function results(shard: Shard): Promise<[string, number][]> {
  const outcomes = await stage.outcomes(shard.job ?? '');
  return outcomes.map(({ status, error, attempts }) => [error?.code ?? status, attempts]);
}

const entry = (name: string, spec: Partial<ZipEntrySpec> = {}): ZipEntrySpec => ({ name, data: good, ...spec });

/** The compressed bytes, with a byte in the middle changed. */
function scratched(data: Buffer): Buffer {
  const stored = Buffer.from(deflateRawSync(data));
  stored.fill(0xff, stored.length >> 1, (stored.length >> 1) + 8);
  return stored;
}

test.each<{ what: string; bad: Partial<ZipEntrySpec>; maxGets: number }>([
  { what: 'a wrong CRC-32', bad: { central: { crc32: 1 }, local: { crc32: 1 } }, maxGets: 1 },
  {
    what: 'stored data that is damaged',
    bad: { method: 'store', stored: Buffer.alloc(900, 7), data: Buffer.alloc(900, 8) },
    maxGets: 1,
  },
  { what: 'another name in its local header', bad: { local: { name: 'bed.jpg' } }, maxGets: 1 },
  { what: 'another method in its local header', bad: { local: { method: 0 } }, maxGets: 1 },
  { what: 'encryption in its local header alone', bad: { local: { flags: 1 } }, maxGets: 1 },
  {
    what: 'deflated data that is damaged',
    bad: {
      get stored() {
        return scratched(good);
      },
    },
    maxGets: 2,
  },
  {
    what: 'fewer bytes than declared',
    bad: { central: { sizeBytes: 5_000 }, local: { sizeBytes: 5_000 } },
    maxGets: 1,
  },
  { what: 'more bytes than declared', bad: { central: { sizeBytes: 500 }, local: { sizeBytes: 500 } }, maxGets: 2 },
])('a member with $what fails at once, and costs its neighbours nothing', async ({ what, bad, maxGets }) => {
  const names = ['a.jpg', 'bad.jpg', 'c.jpg', 'd.jpg'];
  const zip = buildZip(names.map((name) => entry(name, name === 'bad.jpg' ? bad : {})));
  const shard = stage.shardOf(await putZip(stage, `${what}.zip`, zip));
  const gets = await deliver(shard);
  expect(await results(shard)).toEqual([
    ['succeeded', 1],
    ['ARCHIVE_CORRUPT', 1],
    ['succeeded', 1],
    ['succeeded', 1],
  ]);
  expect(gets.length).toBeLessThanOrEqual(maxGets);
  expect(new Set(Object.values(await stage.renditions(shard.output.prefix)))).toEqual(new Set([goodHash]));
  expect(await stage.copies(shard.job ?? '')).toEqual([]);
  expect(await stage.leftovers()).toEqual([]);
});

test('members that lie where the archive has ended already are damaged', async () => {
  const sources = await putZip(stage, 'behind.zip', buildZip([entry('a.jpg'), entry('b.jpg'), entry('c.jpg')]));
  const moved = sources.map((source) => {
    const offset = source.name.endsWith('b.jpg') ? 50_000_000 : source.entry?.offset;
    return { ...source, entry: source.entry === undefined ? undefined : { ...source.entry, offset: offset ?? 0 } };
  });
  const shard = stage.shardOf(moved);
  await deliver(shard);
  expect((await results(shard)).map(([code]) => code)).toEqual(['succeeded', 'ARCHIVE_CORRUPT', 'succeeded']);
});

test.each([
  {
    what: 'overwritten',
    code: 'SOURCE_CHANGED',
    happen: (key: string) => stage.put(key, Buffer.from('something else')),
  },
  {
    what: 'deleted',
    code: 'NOT_FOUND',
    happen: (key: string) => stage.s3.send(new DeleteObjectCommand({ Bucket: 'uploads', Key: key })),
  },
])('an archive that was $what fails each member by one GET', async ({ what, code, happen }) => {
  const key = `${what}.zip`;
  const names = Array.from({ length: 6 }, (_, index) => `${index}.jpg`);
  const shard = stage.shardOf(await putZip(stage, key, buildZip(names.map((name) => entry(name)))));
  await happen(key);
  expect(await deliver(shard)).toHaveLength(1);
  expect(await results(shard)).toEqual(names.map(() => [code, 1]));
});

const denied: RequestHandler = (req, res, url) => {
  if (!url.pathname.endsWith('denied.zip')) return false;
  req.resume();
  res.writeHead(403, { 'content-type': 'application/xml' }).end('<Error><Code>AccessDenied</Code></Error>');
  return true;
};

test('an archive that may not be read fails each member by one GET', async () => {
  const names = ['a.jpg', 'b.jpg', 'c.jpg'];
  const shard = stage.shardOf(await putZip(stage, 'denied.zip', buildZip(names.map((name) => entry(name)))));
  expect(await stage.during(denied, () => deliver(shard))).toHaveLength(1);
  expect(await results(shard)).toEqual(names.map(() => ['ACCESS_DENIED', 1]));
});

test('an archive that was made by Fanlight is not read', async () => {
  const zip = buildZip([entry('a.jpg'), entry('b.jpg')]);
  const sources = await putZip(stage, 'own.zip', zip);
  await stage.put('own.zip', zip, { 'fanlight-lineage': '1' });
  const shard = stage.shardOf(sources);
  expect(await deliver(shard)).toHaveLength(1);
  const outcomes = await stage.outcomes(shard.job ?? '');
  expect(outcomes.map(({ reason }) => reason)).toEqual(['own-output', 'own-output']);
});

const faults = [{ fault: brokenRange }, { fault: shortRange }, { fault: wholeInstead }];

test.each(faults)('$fault.name in the middle of a member: it is read again from its start', async ({ fault }) => {
  const key = `${fault.name}-twice.zip`;
  const body = buildZip(['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg'].map((name) => entry(name)));
  const sources = await putZip(stage, key, body);
  const shard = stage.shardOf(sources);
  const start = sources[1]?.entry?.offset ?? 0;
  const struck = fault({ pathPrefix: `/uploads/${key}`, body, at: start + 300, times: 2 });
  const gets = await stage.during(struck, () => deliver(shard));
  expect(await results(shard)).toEqual(sources.map(() => ['succeeded', 1]));
  expect(gets).toHaveLength(3);
  expect(gets.at(-1)).toMatch(fault === wholeInstead ? / bytes=0-/ : new RegExp(` bytes=${start}-`));
  expect(new Set(Object.values(await stage.renditions(shard.output.prefix)))).toEqual(new Set([goodHash]));
});

test.each([{ fault: brokenRange }, { fault: shortRange }])(
  '$fault.name at one member for ever: it alone goes into a copy',
  async ({ fault }) => {
    const key = `${fault.name}-always.zip`;
    const body = buildZip(['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg'].map((name) => entry(name)));
    const sources = await putZip(stage, key, body);
    const shard = stage.shardOf(sources);
    const at = (sources[1]?.entry?.offset ?? 0) + 300;
    await stage.during(fault({ pathPrefix: `/uploads/${key}`, body, at, times: Infinity }), () => deliver(shard));
    expect((await stage.outcomes(shard.job ?? '')).map(({ source }) => source)).toEqual(
      ['a.jpg', 'c.jpg', 'd.jpg'].map((name) => `${key}#${name}`),
    );
    const [copy] = await stage.copies(shard.job ?? '');
    expect(copy?.shard.sources.map(({ name, attempts }) => [name, attempts])).toEqual([[`${key}#b.jpg`, 1]]);
    await deliver(copy?.shard ?? shard);
    expect((await results(shard)).map(([status]) => status)).toEqual(sources.map(() => 'succeeded'));
  },
);

test('while the archive cannot be read its members go into a copy', async () => {
  const shard = stage.shardOf(await putZip(stage, 'away.zip', buildZip([entry('a.jpg'), entry('b.jpg')])));
  await stage.during(unavailable('GET', '/uploads/away.zip'), () => deliver(shard));
  expect(await stage.outcomes(shard.job ?? '')).toEqual([]);
  const [copy] = await stage.copies(shard.job ?? '');
  expect(copy?.shard.sources.map(({ attempts }) => attempts)).toEqual([1, 1]);
});

test('what is read one by one is read to its end, and its connection used again', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `${index}.jpg`);
  const zip = buildZip(
    names.map((name) => entry(name)),
    { order: names.map((_, index) => 11 - index) },
  );
  const shard = stage.shardOf(await putZip(stage, 'one-by-one.zip', zip), { fresh: true });
  const s3 = stage.client({ requestHandler: { httpAgent: new Agent({ keepAlive: true, maxSockets: 1 }) } });
  const gets = recordGets(s3, '.zip');
  const connections = new Set<unknown>();
  const look: RequestHandler = (req, _res, url) => {
    if (url.pathname.endsWith('.zip')) connections.add(req.socket);
    return false;
  };
  const processor = { s3, results: new StateStore(s3, 'results'), lanes: 1 };
  await stage.during(look, () => stage.deliver(shard, { processor }));
  s3.destroy();
  expect(gets).toHaveLength(12);
  expect(connections.size).toBe(1);
  expect(await results(shard)).toEqual(names.map(() => ['succeeded', 1]));
});

test.each([1, 2, 3])('bodies that break off at random places change no outcome (seed %i)', async (seed) => {
  const { endpoint } = stage;
  const Statement = { Effect: 'Allow' as const, Action: '*', Resource: '*' };
  // Faults strike those that have policies.
  endpoint.addPrincipal('FUNCTION', 'secret', { arn: 'arn:aws:sts::1:assumed-role/f/f', policies: [{ Statement }] });
  const s3 = stage.client({ credentials: { accessKeyId: 'FUNCTION', secretAccessKey: 'secret' } });
  const names = Array.from({ length: 40 }, (_, index) => `${index}.jpg`);
  const key = `random-${seed}.zip`;
  let shard: Shard | undefined = stage.shardOf(await putZip(stage, key, buildZip(names.map((name) => entry(name)))));
  const { job = '', output } = shard;
  const rules = (['body-reset', 'short-body'] as const).map((kind) => ({ kind, rate: 0.4, only: key }));
  endpoint.faults.set({ seed, rules });
  for (let deliveries = 0; shard !== undefined && deliveries < 10; deliveries++) {
    await stage.deliver(shard, { processor: { s3, results: new StateStore(s3, 'results') } });
    shard = (await stage.copies(job))[0]?.shard;
  }
  endpoint.faults.clear();
  s3.destroy();
  expect(endpoint.faults.injected).not.toEqual([]);
  expect((await stage.outcomes(job)).map(({ status }) => status)).toEqual(names.map(() => 'succeeded'));
  expect(new Set(Object.values(await stage.renditions(output.prefix)))).toEqual(new Set([goodHash]));
});

test('500 members with a GET each, nearly all of them damaged, do not exhaust five sockets', async () => {
  const damages: Partial<ZipEntrySpec>[] = [
    { stored: scratched(good) },
    { local: { name: 'other.jpg' } },
    { central: { crc32: 1 }, local: { crc32: 1 } },
    { central: { sizeBytes: 500 }, local: { sizeBytes: 500 } },
  ];
  const members = Array.from({ length: 500 }, (_, index) =>
    entry(`${index}.jpg`, index % 25 === 0 ? {} : damages[index % 4]),
  );
  // Listed from the last to the first: no two can be read on end.
  const zip = buildZip(members, { order: members.map((_, index) => 499 - index) });
  const shard = stage.shardOf(await putZip(stage, 'sockets.zip', zip));
  const httpAgent = new Agent({ keepAlive: true, maxSockets: 5 });
  const s3 = stage.client({ requestHandler: { httpAgent } });
  await stage.deliver(shard, { processor: { s3, results: new StateStore(s3, 'results'), lanes: 32 } });
  const inUse = Object.values(httpAgent.sockets).flat();
  s3.destroy();
  const codes = (await results(shard)).map(([code]) => code);
  expect(codes.filter((code) => code === 'succeeded')).toHaveLength(20);
  expect(codes.filter((code) => code === 'ARCHIVE_CORRUPT')).toHaveLength(480);
  expect(inUse).toEqual([]);
});
