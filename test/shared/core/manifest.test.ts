import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { FanlightError } from '../../../shared/core/errors.ts';
import { parseManifest } from '../../../shared/core/manifest.ts';

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
  [{ sources: [{ link: 'https://example.com/a.png' }] }, /link is not known/],
  [{ sources: [{ list: 's3://legacy/keys.csv', colum: 'key' }] }, /colum is not known; did you mean column/],
  [{ sources: [source], relativeTo: 'legacy/' }, /relativeTo/],
  [{ sources: [{ ...source, include: [] }] }, /include/],
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
