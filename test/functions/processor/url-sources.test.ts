import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { Unavailable } from '../../../functions/processor/unavailable.ts';
import { createUrlFetcher, type UrlFetcher } from '../../../functions/processor/url/fetch-url.ts';
import { FanlightError } from '../../../shared/core/errors.ts';
import type { Outcome } from '../../../shared/core/outcome.ts';
import type { Source } from '../../../shared/core/source.ts';
import { certificateFor } from '../../builders/https-certificate.ts';
import { httpsOrigin } from '../../builders/https-origin.ts';
import { picture, textFile } from '../../builders/images.ts';
import { openProcessorStage, type ProcessorStage } from '../../builders/processor-stage.ts';

let stage: ProcessorStage;
/** What the web holds: bytes, or what reading it throws. */
const web = new Map<string, Buffer | Error>();
const saved: string[] = [];
/** In the place of the real one, which never leads to this machine: what it refuses has tests of its own. */
const fetchUrl: UrlFetcher = {
  async save(url, path) {
    saved.push(url);
    const found = web.get(url) ?? new FanlightError('NOT_FOUND', 'there is nothing');
    if (found instanceof Error) throw found;
    await writeFile(path, found);
    return { sizeBytes: found.length, version: createHash('sha256').update(found).digest('hex') };
  },
};
beforeAll(async () => {
  stage = await openProcessorStage();
});
beforeEach(() => {
  web.clear();
  saved.length = 0;
});
afterAll(() => stage.dispose());

const urlOf = (name: string): string => `https://images.example.com/${name}`;
const sourceOf = (name: string, ordinal = 0): Source => ({
  ordinal,
  name,
  bucket: '',
  key: '',
  version: {},
  url: urlOf(name),
  claimed: true,
  attempts: 0,
});

const codes = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map(({ status, reason, error }) => error?.code ?? reason ?? status);

const deliver = (shard: ReturnType<ProcessorStage['shardOf']>) => stage.deliver(shard, { processor: { fetchUrl } });

test('images of the web are rendered; each failure has its code, at once', async () => {
  const good = await picture();
  web.set(urlOf('a.jpg'), good);
  web.set(urlOf('b.jpg'), new FanlightError('URL_REFUSED', 'the URL leads to a private address'));
  web.set(urlOf('d.jpg'), textFile);
  web.set(urlOf('e.jpg'), good);
  const shard = stage.shardOf(['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg', 'e.jpg'].map(sourceOf));
  await deliver(shard);
  const outcomes = await stage.outcomes(shard.job ?? '');
  expect(codes(outcomes)).toEqual(['succeeded', 'URL_REFUSED', 'NOT_FOUND', 'UNSUPPORTED_FORMAT', 'succeeded']);
  expect(outcomes.map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1, 1]);
  expect(outcomes[0]?.input?.bytes).toBe(good.length);
  expect(Object.keys(await stage.renditions(shard.output.prefix))).toHaveLength(2);
  expect(await stage.leftovers()).toEqual([]);
});

test('the same bytes are not rendered again; other bytes replace what there is', async () => {
  web.set(urlOf('a.jpg'), await picture());
  const first = stage.shardOf([sourceOf('a.jpg')]);
  await deliver(first);
  const before = await stage.renditions(first.output.prefix);
  await deliver({ ...first, job: 'again' });
  expect(codes(await stage.outcomes('again'))).toEqual(['already-done']);
  expect(saved).toHaveLength(2);
  web.set(urlOf('a.jpg'), await picture({ seed: 2 }));
  await deliver({ ...first, job: 'changed' });
  expect(codes(await stage.outcomes('changed'))).toEqual(['succeeded']);
  expect(await stage.renditions(first.output.prefix)).not.toEqual(before);
});

test('a host that is away is tried again in a copy', async () => {
  web.set(urlOf('a.jpg'), new Unavailable(new Error('503')));
  const shard = stage.shardOf([sourceOf('a.jpg')]);
  await deliver(shard);
  const [copy] = await stage.copies(shard.job);
  expect(copy).toMatchObject({ delayed: true, shard: { sources: [{ url: urlOf('a.jpg'), attempts: 1 }] } });
  web.set(urlOf('a.jpg'), await picture());
  await deliver(copy?.shard ?? shard);
  expect(codes(await stage.outcomes(shard.job ?? ''))).toEqual(['succeeded']);
});

test('a deployment that names no hosts refuses every URL', async () => {
  const shard = stage.shardOf([sourceOf('a.jpg')]);
  await stage.deliver(shard);
  expect(codes(await stage.outcomes(shard.job ?? ''))).toEqual(['URL_REFUSED']);
});

test('a dead host of the web is no outage of S3: the images beside it are worked on', async () => {
  const dead = Array.from({ length: 9 }, (_, index) => `dead-${index}.jpg`);
  for (const name of dead) web.set(urlOf(name), new Unavailable(new Error('no answer')));
  web.set(urlOf('last.jpg'), await picture());
  const shard = stage.shardOf([...dead, 'last.jpg'].map(sourceOf));
  await deliver(shard);
  expect(codes(await stage.outcomes(shard.job ?? ''))).toEqual(['succeeded']);
});

test('over TLS from a server, by the fetcher that is deployed', async () => {
  const certificate = certificateFor(['images.example.com']);
  const bytes = await picture();
  const origin = await httpsOrigin(certificate, { '/a.jpg': (response) => response.end(bytes) });
  onTestFinished(origin.close);
  const real = createUrlFetcher({
    hosts: ['images.example.com'],
    // The only place of this host that a test can reach; a deployed function has no such door.
    lookup: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    isAllowedAddress: () => true,
    ca: certificate.cert,
    port: origin.port,
  });
  const shard = stage.shardOf(['a.jpg', 'b.jpg'].map(sourceOf));
  await stage.deliver(shard, { processor: { fetchUrl: real } });
  expect(codes(await stage.outcomes(shard.job ?? ''))).toEqual(['succeeded', 'NOT_FOUND']);
});
