import {
  CreateBucketCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import type { ListObjectsV2CommandInput, S3Client } from '@aws-sdk/client-s3';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { embeddedEndpoint, temporaryDirectory } from '../../builders/embedded-endpoint.ts';
import { indexedKeys } from '../../builders/indexed-keys.ts';
import { objectsOf } from '../../builders/s3-objects.ts';

async function listAll(client: S3Client, input: ListObjectsV2CommandInput) {
  const keys: string[] = [];
  const prefixes: string[] = [];
  let pages = 0;
  for await (const page of paginateListObjectsV2({ client }, input)) {
    pages += 1;
    keys.push(...(page.Contents ?? []).map((object) => object.Key ?? ''));
    prefixes.push(...(page.CommonPrefixes ?? []).map((common) => common.Prefix ?? ''));
  }
  return { keys, prefixes, pages };
}

function inUtf8Order(keys: Iterable<string>): string[] {
  return [...keys].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

test('ten thousand keys come in UTF-8 order, each once, in ten pages', async () => {
  const keys = Array.from({ length: 10_000 }, (_, i) => `${['a', 'B', 'é', '~', '画', '🐱'][i % 6]}/${i}`);
  const dataDir = await temporaryDirectory();
  indexedKeys(dataDir, 'photos', keys);
  const { s3 } = await embeddedEndpoint({ dataDir });
  const listed = await listAll(s3, { Bucket: 'photos' });
  expect(listed.keys).toEqual(inUtf8Order(keys));
  expect(listed.pages).toBe(10);
});

test('pages with prefix and delimiter agree with a plain model, whatever the keys', async () => {
  const { s3, endpoint } = await embeddedEndpoint();
  const key = fc.string({
    unit: fc.constantFrom('a', 'b', '/', '-', 'é', '\u{10ffff}', '\ud7ff', '🐱'),
    minLength: 1,
    maxLength: 5,
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(key, { minLength: 1, maxLength: 12 }),
      fc.constantFrom('', 'a', '/', 'é'),
      fc.integer({ min: 1, max: 4 }),
      async (keys, Prefix, MaxKeys) => {
        run += 1;
        const Bucket = `bucket-${run}`;
        endpoint.buckets.create(Bucket);
        const { put } = objectsOf(s3, Bucket);
        for (const name of keys) await put(name);
        const below = keys.filter((name) => name.startsWith(Prefix));
        const folder = (name: string): string | undefined => {
          const end = name.indexOf('/', Prefix.length);
          return end < 0 ? undefined : name.slice(0, end + 1);
        };
        const listed = await listAll(s3, { Bucket, Prefix, Delimiter: '/', MaxKeys });
        expect(listed.keys).toEqual(inUtf8Order(below.filter((name) => folder(name) === undefined)));
        expect(listed.prefixes).toEqual(inUtf8Order(new Set(below.flatMap((name) => folder(name) ?? []))));
      },
    ),
    { numRuns: 25 },
  );
});

test('StartAfter and the marker of the first version skip what was seen', async () => {
  const { s3 } = await embeddedEndpoint();
  await s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
  const { put } = objectsOf(s3, 'photos');
  for (const key of ['a', 'b', 'c/1', 'c/2', 'd']) await put(key);
  const v2 = await s3.send(new ListObjectsV2Command({ Bucket: 'photos', StartAfter: 'b' }));
  expect(v2.Contents?.map((object) => object.Key)).toEqual(['c/1', 'c/2', 'd']);
  const v1 = await s3.send(new ListObjectsCommand({ Bucket: 'photos', Delimiter: '/', MaxKeys: 3 }));
  expect(v1).toMatchObject({ IsTruncated: true, NextMarker: 'c/', CommonPrefixes: [{ Prefix: 'c/' }] });
  const rest = await s3.send(new ListObjectsCommand({ Bucket: 'photos', Delimiter: '/', Marker: v1.NextMarker }));
  expect(rest.Contents?.map((object) => object.Key)).toEqual(['d']);
});

test('encoding-type url writes keys that XML could not carry', async () => {
  const { s3 } = await embeddedEndpoint();
  await s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
  await objectsOf(s3, 'photos').put('a b+\u0001é');
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: 'photos', EncodingType: 'url' }));
  expect(Contents?.[0]?.Key).toBe('a+b%2B%01%C3%A9');
});
