import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseDocument } from '../../../shared/core/parse-document.ts';

const Schema = z.strictObject({ v: z.literal(1), job: z.string() });

test('a document of this version is read', () => {
  expect(parseDocument(Schema, '{"v":1,"job":"a"}', 'job.json')).toEqual({ v: 1, job: 'a' });
});

test.each([
  { text: '{"v":2,"job":"a"}', message: 'job.json cannot be read: it has version 2, and only version 1 is known here' },
  { text: '{"v":1,', message: 'job.json cannot be read: it is no JSON' },
  { text: '{"v":1,"job":1}', message: 'job.json cannot be read: job: Invalid input: expected string, received number' },
  { text: '{"v":1,"job":"a","more":1}', message: 'job.json cannot be read: Unrecognized key: "more"' },
  { text: 'null', message: 'job.json cannot be read: Invalid input: expected object, received null' },
])('$message', ({ text, message }) => {
  expect(() => parseDocument(Schema, text, 'job.json')).toThrow(
    expect.objectContaining({ code: 'INTERNAL', kind: 'transient', message }),
  );
});
