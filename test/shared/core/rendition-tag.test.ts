import { assert, property, stringMatching, uniqueArray } from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatRenditionTag,
  idempotencyKey,
  lineageField,
  parseRenditionTag,
  tagRuns,
  type TaggedRendition,
} from '../../../shared/core/rendition-tag.ts';
import { taggedSource } from '../../../shared/core/tagged-source.ts';

/** "Each key and value" of user metadata together: S3 user guide, "Working with object metadata". */
const maxMetadataBytes = 2_048;

const source = taggedSource({ bucket: 'uploads', key: 'a.jpg', version: 'etag' }, '0'.repeat(40));
const key = idempotencyKey('etag', 'fingerprint');
const fileNames = uniqueArray(stringMatching(/^[a-z0-9]{1,108}\.[a-z]{3,4}$/), { minLength: 1, maxLength: 64 });
const largest = (fileName: string): TaggedRendition => [fileName, key, 16_383, 16_383, 999_999_999_999];

test('the list of a run fits into user metadata, whatever the renditions are called', () => {
  assert(
    property(fileNames, (names) => {
      for (const run of tagRuns(names.map((fileName) => ({ fileName })))) {
        const renditions = run.map(({ fileName }) => largest(fileName));
        const metadata = formatRenditionTag({ key, job: 'j'.repeat(36), source, renditions });
        const bytes = Object.entries(metadata).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
        expect(bytes).toBeLessThanOrEqual(maxMetadataBytes);
        expect(parseRenditionTag(metadata)).toEqual({ key, job: 'j'.repeat(36), source, renditions });
      }
    }),
  );
});

test('runs keep every rendition once and in order', () => {
  assert(
    property(fileNames, (names) => {
      const runs = tagRuns(names.map((fileName) => ({ fileName })));
      expect(runs.flat().map(({ fileName }) => fileName)).toEqual(names);
    }),
  );
});

test('a recipe of ordinary size is one run', () => {
  const files = Array.from({ length: 20 }, (_, index) => ({ fileName: `w${1_000 + index}.avif` }));
  expect(tagRuns(files)).toHaveLength(1);
});

test('what Fanlight did not write has no tag, and a list that cannot be read counts as none', () => {
  expect(parseRenditionTag(undefined)).toBeUndefined();
  expect(parseRenditionTag({ author: 'somebody' })).toBeUndefined();
  const tag = formatRenditionTag({ key, job: 'j', source });
  expect(parseRenditionTag(tag)).toEqual({ key, job: 'j', source });
  expect(parseRenditionTag({ ...tag, 'fanlight-renditions': '[' })).toBeUndefined();
  expect(parseRenditionTag({ ...tag, [lineageField]: '2' })).toBeUndefined();
});
