/** Digits after the point at most: a thousandth of a cent is the smallest amount that anybody reads. */
const maxDigits = 5;

/** `$0.0042`, `$12.30`, `$4,000.00`: whole cents, and below a dollar two significant digits. */
export function formatUsd(usd: number): string {
  const digits = usd > 0 ? Math.min(maxDigits, Math.max(2, 1 - Math.floor(Math.log10(usd)))) : 2;
  const smallest = 10 ** -maxDigits;
  const shown = usd > 0 && usd < smallest ? smallest : usd;
  const text = shown.toLocaleString('en-US', {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return shown === usd ? text : `<${text}`;
}
