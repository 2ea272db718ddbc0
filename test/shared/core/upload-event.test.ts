import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeFormKey } from '../../../shared/core/form-key.ts';
import { parseUploadsMessage, type Continuation } from '../../../shared/core/upload-event.ts';
import { s3Keys } from '../../builders/protocol.ts';

/** As S3 encodes a key in a notification: form encoding, in which a space is `+`. */
const encodeKey = (key: string): string => encodeURIComponent(key).replaceAll('%20', '+');

function record(key: string, overrides: object = {}) {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    eventTime: '2026-11-23T05:00:00.000Z',
    s3: { bucket: { name: 'uploads' }, object: { key: encodeKey(key), size: 3, eTag: 'abc', sequencer: '0A' } },
    ...overrides,
  };
}

test('any key survives the notification', () => {
  fc.assert(
    fc.property(s3Keys, (key) => {
      fc.pre(!key.endsWith('/'));
      const parsed = parseUploadsMessage(JSON.stringify({ Records: [record(key)] }));
      expect(parsed.kind === 'uploads' && parsed.uploads[0]?.key).toBe(key);
    }),
  );
});

test.each([
  ['a+b', 'a b'],
  ['a%2Bb', 'a+b'],
  ['a%252Bb', 'a%2Bb'],
  ['a%2F%2Fb%2F.%2Fc', 'a//b/./c'],
  ['caf%C3%A9', 'café'],
])('%s is decoded once, to %s', (encoded, key) => expect(decodeFormKey(encoded)).toBe(key));

test('what is no new object is ignored with a reason', () => {
  const ignored = [record('folder/'), record('a', { eventName: 'ObjectRemoved:Delete' }), { nothing: true }];
  const bad = record('a');
  bad.s3.object.key = '%E0%A4%A';
  const parsed = parseUploadsMessage(JSON.stringify({ Records: [...ignored, bad, record('good.jpg')] }));
  expect(parsed).toMatchObject({ kind: 'uploads', uploads: [{ key: 'good.jpg' }] });
  expect(parsed.kind === 'uploads' && parsed.ignored).toHaveLength(4);
});

test('the test event of S3 is ignored', () => {
  const body = JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Time: 'x', Bucket: 'uploads' });
  expect(parseUploadsMessage(body)).toEqual({ kind: 'ignored', reason: 's3:TestEvent' });
});

test('a continuation is told apart from events', () => {
  const continuation: Continuation = { v: 1, kind: 'continue', job: 'j', part: 3, hop: 2 };
  expect(parseUploadsMessage(JSON.stringify(continuation))).toEqual({ kind: 'continue', continuation });
});

test('no body makes it throw', () => {
  fc.assert(fc.property(fc.string(), (body) => void parseUploadsMessage(body)));
  fc.assert(fc.property(fc.json(), (body) => void parseUploadsMessage(body)));
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(parseUploadsMessage(JSON.stringify({ Records: [value] })).kind).toBe('uploads');
    }),
  );
});
