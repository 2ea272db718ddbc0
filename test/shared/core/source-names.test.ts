import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseS3Uri, type JobSource } from '../../../shared/core/manifest-sources.ts';
import { sourceNamer, type NamedSources } from '../../../shared/core/source-names.ts';
import { s3Keys } from '../../builders/protocol.ts';

const names = (sources: JobSource[], relativeTo?: string) => {
  const { nameOf } = sourceNamer({ sources, relativeTo });
  return (uri: string) => nameOf(parseS3Uri(uri));
};

test('a URI is split at its first slash, without decoding', () => {
  expect(parseS3Uri('s3://bucket/a//b%20c/d')).toEqual({ bucket: 'bucket', key: 'a//b%20c/d' });
});

test('one prefix: names are relative to its last slash', () => {
  expect(names([{ prefix: 's3://legacy/2019/' }])('s3://legacy/2019/a/b.jpg')).toBe('a/b.jpg');
  expect(names([{ prefix: 's3://legacy/2019/shoe' }])('s3://legacy/2019/shoe-1.jpg')).toBe('shoe-1.jpg');
});

test('several sources: the whole key, with the bucket where several meet', () => {
  const one = names([{ prefix: 's3://legacy/2019/' }, { object: 's3://legacy/shoe.jpg' }]);
  expect(one('s3://legacy/2019/a.jpg')).toBe('2019/a.jpg');
  const two = names([{ prefix: 's3://legacy/2019/' }, { archive: 's3://drops/a.zip' }]);
  expect(two('s3://legacy/2019/a.jpg')).toBe('legacy/2019/a.jpg');
});

test('what no source names has its URI', () => {
  const listed = names([{ list: 's3://drops/keys.csv' }]);
  expect(listed('s3://drops/a.jpg')).toBe('a.jpg');
  expect(listed('s3://legacy/a.jpg')).toBe('s3://legacy/a.jpg');
  expect(names([{ list: 's3://drops/keys.csv', base: 's3://legacy/' }])('s3://legacy/a.jpg')).toBe('a.jpg');
  expect(names([{ inventory: 's3://inv/manifest.json' }])('s3://legacy/a.jpg')).toBe('a.jpg');
});

test('relativeTo holds for all sources', () => {
  const relative = names([{ prefix: 's3://a/run/' }, { archive: 's3://a/run/shoot.zip' }], 's3://a/run/');
  expect(relative('s3://a/run/shoot.zip')).toBe('shoot.zip');
  expect(relative('s3://a/elsewhere.jpg')).toBe('s3://a/elsewhere.jpg');
  expect(relative('s3://a/run/')).toBe('s3://a/run/');
});

test('an object that could be taken for a member or for a URI has a collision', () => {
  const { collisionOf } = sourceNamer({ sources: [{ prefix: 's3://a/' }, { archive: 's3://a/x.zip' }] });
  expect(collisionOf({ bucket: 'a', key: 'x.zip#b.jpg' })).toMatchObject({ code: 'KEY_COLLISION' });
  expect(collisionOf({ bucket: 'a', key: 'x.zip' })).toBeUndefined();
  expect(collisionOf({ bucket: 'a', key: 'x.zipped#b.jpg' })).toBeUndefined();
  const listed = sourceNamer({ sources: [{ list: 's3://a/keys.csv' }] });
  expect(listed.collisionOf({ bucket: 'a', key: 's3://b/c.jpg' })).toMatchObject({ code: 'KEY_COLLISION' });
  expect(listed.collisionOf({ bucket: 'b', key: 'c.jpg' })).toBeUndefined();
});

test('two objects never have one name, whatever the sources are', () => {
  const bucket = fc.constantFrom('aaa', 'bbb', 'ccc');
  const keys = fc.oneof(s3Keys, fc.constantFrom('x', 'x/y', 's3://aaa/x', 'aaa/x', 'x.zip#y', 'x.zip', 'https://h/x'));
  const location = fc.record({ bucket, key: keys });
  const source: fc.Arbitrary<JobSource> = fc.oneof(
    fc.record({ prefix: bucket.map((name) => `s3://${name}/x`) }),
    fc.record({ list: bucket.map((name) => `s3://${name}/list`) }),
    fc.record({ archive: bucket.map((name) => `s3://${name}/x.zip`) }),
    fc.record({ inventory: bucket.map((name) => `s3://${name}/inv`) }),
  );
  const jobs: fc.Arbitrary<NamedSources> = fc.record({
    sources: fc.array(source, { minLength: 2, maxLength: 4 }),
    relativeTo: fc.option(fc.constantFrom('s3://aaa/', 's3://aaa/x/'), { nil: undefined }),
  });
  fc.assert(
    fc.property(jobs, location, location, (job, a, b) => {
      fc.pre(a.bucket !== b.bucket || a.key !== b.key);
      const { nameOf, collisionOf } = sourceNamer(job);
      if (collisionOf(a) !== undefined || collisionOf(b) !== undefined) return;
      expect(nameOf(a)).not.toBe(nameOf(b));
    }),
    { numRuns: 500 },
  );
});
