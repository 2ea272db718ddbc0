/** Fixed to English: a report is one document, whoever's machine wrote it. */
const numbers = new Intl.NumberFormat('en');
const oneDigit = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

export const formatCount = (count: number): string => numbers.format(count);

/** One digit after the point where it still says something. */
export const formatRate = (rate: number): string =>
  rate < 100 ? oneDigit.format(rate) : numbers.format(Math.round(rate));

const byteUnits = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Decimal units, as storage is sold and billed. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${oneDigit.format(bytes / 1000 ** power)} ${byteUnits[power] ?? ''}`;
}

/** The two largest units that say something: `340 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${durationMs} ms`;
  if (durationMs < 59_950) return `${oneDigit.format(durationMs / 1000)} s`;
  const seconds = Math.round(durationMs / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joined([minutes, 'min'], [seconds % 60, 's']);
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return joined([hours, 'h'], [minutes % 60, 'min']);
  return joined([Math.floor(hours / 24), 'd'], [hours % 24, 'h']);
}

function joined(large: [number, string], small: [number, string]): string {
  return [large, small]
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}

/** `2026-11-23 05:04:38 UTC` */
export function formatTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** A share of a whole: never rounded to 0 % or 100 % while it is neither. */
export function formatPercent(part: number, whole: number): string {
  if (part === 0 || whole === 0) return '0 %';
  if (part === whole) return '100 %';
  const percent = Math.min(99.9, Math.max(0.1, (part / whole) * 100));
  return `${oneDigit.format(percent)} %`;
}
