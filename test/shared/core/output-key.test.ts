import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import {
  decodeSourcePath,
  encodeSourcePath,
  isInjectiveTemplate,
  renditionKey,
} from '../../../shared/core/output-key.ts';
import { s3Keys } from '../../builders/protocol.ts';

test('a source path is encoded reversibly, hence injectively', () => {
  fc.assert(
    fc.property(s3Keys, (name) => {
      expect(decodeSourcePath(encodeSourcePath(name))).toBe(name);
    }),
  );
});

test('invariant 7: no encoded path has empty, dot or control segments, whatever the name', () => {
  fc.assert(
    fc.property(s3Keys, (name) => {
      const path = encodeSourcePath(name);
      expect(path.split('/').filter((segment) => ['', '.', '..'].includes(segment))).toEqual([]);
      // eslint-disable-next-line no-control-regex -- their absence is what is tested
      expect(path).not.toMatch(/[\u0000-\u001f\u007f\\]/);
    }),
  );
});

const templates = [
  '{path}/{rendition}.{ext}',
  'x-{id}/{rendition}.{ext}',
  '{rendition}/{path}.{ext}',
  'a/{rendition}/{id}.{ext}',
];
const fileNames = fc.constantFrom('w1.webp', 'w1.avif', 'w10.webp', 'square.jpg');

test('two images or two renditions never meet in one key', () => {
  fc.assert(
    fc.property(s3Keys, s3Keys, fileNames, fileNames, fc.constantFrom(...templates), (a, b, file, other, key) => {
      fc.pre(a !== b || file !== other);
      const output = { prefix: 'out/', key };
      expect(renditionKey(output, a, file)).not.toBe(renditionKey(output, b, other));
    }),
  );
});

test.each(templates)('%s is a template that keeps images apart', (template) => {
  expect(isInjectiveTemplate(template)).toBe(true);
});

test.each([
  '{rendition}.{ext}',
  '{path}{rendition}.{ext}',
  '{path}/{rendition}',
  '{path}/x.{ext}',
  '../{path}/{rendition}.{ext}',
  '{name}/{rendition}.{ext}',
])('%s is refused', (template) => expect(isInjectiveTemplate(template)).toBe(false));

test('a key that S3 would refuse is an error of the image', () => {
  expect(() => renditionKey({ prefix: '' }, 'é'.repeat(limits.maxKeyBytes / 2), 'w1.webp')).toThrow(
    expect.objectContaining({ code: 'ENTRY_UNSAFE' }),
  );
});

test('renditions of a.jpg and a.png lie apart below the prefix', () => {
  expect(renditionKey({ prefix: 'shop/' }, 'a.jpg', 'w320.webp')).toBe('renditions/shop/a.jpg/w320.webp');
  expect(renditionKey({ prefix: 'shop/' }, 'a.png', 'w320.webp')).toBe('renditions/shop/a.png/w320.webp');
});
