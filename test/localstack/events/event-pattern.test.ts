import { describe, expect, test } from 'vitest';
import { matchesPattern, parseEventPattern } from '../../../localstack/embedded/events/event-pattern.ts';

const event = {
  source: 'fanlight',
  'detail-type': 'Job Completed',
  resources: ['arn:a', 'arn:b'],
  detail: { state: 'partial', images: { failed: 2 }, tags: [{ name: 'x' }, { name: 'y' }], empty: null },
};

describe('patterns', () => {
  test.each<[pattern: object, matches: boolean]>([
    [{ source: ['fanlight'] }, true],
    [{ source: ['other', 'fanlight'] }, true],
    [{ source: ['other'] }, false],
    [{ source: ['Fanlight'] }, false],
    [{ source: ['fanlight'], 'detail-type': ['Other'] }, false],
    [{ resources: ['arn:b'] }, true],
    [{ detail: { images: { failed: [2] } } }, true],
    [{ detail: { images: { failed: ['2'] } } }, false],
    [{ detail: { tags: { name: ['y'] } } }, true],
    [{ detail: { empty: [null] } }, true],
    [{ detail: { missing: [null] } }, false],
    [{ missing: { field: ['x'] } }, false],
    [{ source: [{ prefix: 'fan' }] }, true],
    [{ source: [{ prefix: 'light' }] }, false],
    [{ detail: { state: [{ 'anything-but': 'succeeded' }] } }, true],
    [{ detail: { state: [{ 'anything-but': ['failed', 'partial'] }] } }, false],
    [{ detail: { missing: [{ 'anything-but': 'x' }] } }, false],
    [{ detail: { state: [{ exists: true }] } }, true],
    [{ detail: { missing: [{ exists: false }] } }, true],
    [{ missing: { field: [{ exists: false }] } }, true],
    [{ detail: { state: [{ exists: false }] } }, false],
  ])('%j → %s', (pattern, matches) => {
    expect(matchesPattern(parseEventPattern(pattern), event)).toBe(matches);
  });

  test.each([
    [{}, 'EventPattern must be an object with at least one field'],
    [{ source: 'fanlight' }, 'EventPattern.source must be an object with at least one field'],
    [{ source: [] }, 'EventPattern.source must not be an empty list'],
    [{ detail: { size: [{ numeric: ['>', 1] }] } }, 'EventPattern.detail.size.numeric is not supported'],
    [{ source: [{ prefix: { 'equals-ignore-case': 'F' } }] }, 'EventPattern.source.prefix is not supported'],
    [{ source: [{ 'anything-but': { prefix: 'f' } }] }, 'EventPattern.source.anything-but is not supported'],
    [{ $or: [{ source: ['a'] }] }, 'EventPattern.$or is not supported'],
  ])('%j is refused by name', (pattern, message) => {
    expect(() => parseEventPattern(pattern)).toThrow(message);
  });
});
