import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { FanlightError } from '../../../shared/core/errors.ts';
import { parseManifest, parseS3Uri, sourceNamer } from '../../../shared/core/manifest.ts';
import { s3Keys } from '../../builders/protocol.ts';

const parse = (document: unknown) => parseManifest(JSON.stringify(document));
function errorOf(work: () => unknown): FanlightError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof FanlightError) return error;
    throw error;
  }
}

const source = { prefix: 's3://legacy/2019/' };

test('what is left out has its default', () => {
  expect(parse({ sources: [source] })).toEqual({
    sources: [source],
    output: { prefix: '' },
    tolerateFailedPercent: 0,
    budget: {},
    deadline: 'P3D',
    force: false,
  });
});

test.each([
  [{ sources: [source], recipie: 'web' }, /recipie is not known; did you mean recipe\?/],
  [{ sources: [source], output: { prefix: '/img/' } }, /output.prefix/],
  [{ sources: [source], output: { prefix: 'a/../b' } }, /output.prefix/],
  [{ sources: [source], output: { key: '{rendition}.{ext}' } }, /output.key/],
  [{ sources: [{ object: 's3://legacy/' }] }, /sources\[0\]/],
  [{ sources: [{ object: `s3://legacy/${'é'.repeat(513)}` }] }, /sources\[0\]/],
  [{ sources: [{ url: 'https://example.com/a.png' }] }, /sources\[0\]/],
  [{ sources: [{ prefix: 'https://example.com/' }] }, /sources\[0\]/],
  [{ sources: [source], tolerateFailedPercent: 101 }, /tolerateFailedPercent/],
  [{ sources: [source], budget: { image: 1 } }, /budget.image is not known; did you mean images\?/],
  [{ sources: [source], budget: { usd: 0 } }, /budget.usd/],
  [{ sources: [source], deadline: 'PT59S' }, /deadline.*PT1M to P30D.*PT59S/],
  [{ sources: [source], deadline: 'P31D' }, /deadline/],
  [{ sources: [source], deadline: '3 days' }, /deadline/],
  [{}, /sources is missing/],
  [[], /./],
])('%j is refused with the place', (document, message) => {
  const error = errorOf(() => parse(document));
  expect(error).toMatchObject({ code: 'INVALID_MANIFEST', kind: 'permanent' });
  expect(error?.message).toMatch(message);
});

test('no text makes it throw anything else', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(errorOf(() => parseManifest(text))).toMatchObject({ code: 'INVALID_MANIFEST' });
    }),
  );
});

test('a URI is split at its first slash, without decoding', () => {
  expect(parseS3Uri('s3://bucket/a//b%20c/d')).toEqual({ bucket: 'bucket', key: 'a//b%20c/d' });
});

test('one prefix: names are relative to its last slash', () => {
  expect(sourceNamer([source])({ bucket: 'legacy', key: '2019/a/b.jpg' })).toBe('a/b.jpg');
  expect(sourceNamer([{ prefix: 's3://legacy/2019/shoe' }])({ bucket: 'legacy', key: '2019/shoe-1.jpg' })).toBe(
    'shoe-1.jpg',
  );
});

test('several sources: two objects never have one name', () => {
  const buckets = fc.constantFrom('aaa', 'bbb');
  const location = fc.record({ bucket: buckets, key: s3Keys });
  fc.assert(
    fc.property(location, location, (a, b) => {
      fc.pre(a.bucket !== b.bucket || a.key !== b.key);
      const nameOf = sourceNamer([{ prefix: `s3://${a.bucket}/` }, { prefix: `s3://${b.bucket}/x` }]);
      expect(nameOf(a)).not.toBe(nameOf(b));
    }),
  );
});
