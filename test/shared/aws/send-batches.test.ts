import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutBatches } from '../../../shared/aws/send-batches.ts';

test('batches hold every item in order, as many and as large as a request takes', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 40 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 12 }), (items, maxEntries) => {
      const batches = cutBatches(items, { maxEntries, maxBytes: 1_000, bytesOf: (bytes) => bytes });
      expect(batches.flat()).toEqual(items);
      for (const batch of batches) {
        expect(batch.length).toBeLessThanOrEqual(maxEntries);
        expect(batch.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(1_000);
      }
    }),
  );
});
