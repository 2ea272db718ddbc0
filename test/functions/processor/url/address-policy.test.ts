import { expect, test } from 'vitest';
import { isPublicAddress } from '../../../../functions/processor/url/address-policy.ts';
import { privateAddresses, publicAddresses } from './spellings.ts';

test.each(privateAddresses)('%j is not public: %s', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each(publicAddresses)('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});
