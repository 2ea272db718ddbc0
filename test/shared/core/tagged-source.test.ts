import { assert, option, property, stringMatching } from 'fast-check';
import { expect, test } from 'vitest';
import {
  compareSequencers,
  formatTaggedSource,
  isOlder,
  laterOf,
  parseTaggedSource,
  supersedes,
  taggedSource,
} from '../../../shared/core/tagged-source.ts';

const sequencers = stringMatching(/^[0-9A-F]{1,34}$/);
const version = (name: string, sequencer?: string) => taggedSource({ bucket: 'b', key: 'k', version: name }, sequencer);

test('sequencers are compared from the left, whatever their lengths (S3 user guide)', () => {
  expect(compareSequencers('0055AED6DCD90281E5', '0055AED6DCD90281E6')).toBeLessThan(0);
  expect(compareSequencers('00A', '001')).toBeGreaterThan(0);
  expect(compareSequencers('1', '0FFF')).toBeGreaterThan(0);
  expect(compareSequencers('0a', '0A')).toBe(0);
  assert(
    property(sequencers, sequencers, (a, b) => {
      // As hexadecimal fractions.
      const [x, y] = [a, b].map((text) => BigInt(`0x${text.padEnd(34, '0')}`));
      expect(Math.sign(compareSequencers(a, b))).toBe(x === y ? 0 : (x ?? 0n) < (y ?? 0n) ? -1 : 1);
    }),
  );
});

test('a tag keeps what it was given, except what is no sequencer', () => {
  assert(
    property(option(sequencers, { nil: undefined }), (sequencer) => {
      const source = version('v', sequencer);
      expect(source.sequencer).toBe(sequencer);
      expect(parseTaggedSource(formatTaggedSource(source))).toEqual(source);
    }),
  );
  expect(version('v', '').sequencer).toBeUndefined();
  expect(version('v', 'A'.repeat(41)).sequencer).toBeUndefined();
  expect(parseTaggedSource('no tag')).toBeUndefined();
  expect(parseTaggedSource(undefined)).toBeUndefined();
});

test('only a newer version of the same object stays', () => {
  expect(supersedes(version('a', '01'), version('b', '02'))).toBe(false);
  expect(supersedes(version('b', '02'), version('a', '01'))).toBe(true);
  expect(supersedes(version('a', '01'), version('a', '02'))).toBe(true);
  expect(supersedes(version('a'), version('b', '02'))).toBeUndefined();
  expect(supersedes(version('a', '01'), version('b'))).toBeUndefined();
  const elsewhere = taggedSource({ bucket: 'b', key: 'other', version: 'b' }, '02');
  expect(supersedes(version('a', '01'), elsewhere)).toBe(true);
  expect(isOlder(version('a', '01'), elsewhere)).toBe(false);
});

test('equal bytes are as new as the latest event that brought them', () => {
  expect(laterOf(version('a', '01'), version('a', '02'))).toEqual(version('a', '02'));
  expect(laterOf(version('a', '02'), version('a', '01'))).toEqual(version('a', '02'));
  expect(laterOf(version('a'), version('a', '01'))).toEqual(version('a', '01'));
  expect(laterOf(version('a', '01'), version('a'))).toEqual(version('a', '01'));
  expect(laterOf(version('a', '01'), version('b', '02'))).toEqual(version('a', '01'));
  expect(laterOf(version('a', '01'), undefined)).toEqual(version('a', '01'));
});
