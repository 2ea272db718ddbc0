import { FanlightError } from '../../../shared/core/errors.ts';

interface Translation {
  readonly pattern: RegExp;
  readonly translate: (match: RegExpExecArray, detail: string) => FanlightError;
}

/** sharp's and libvips's messages that mean something else than a damaged image. */
const translations: readonly Translation[] = [
  {
    pattern: /timeout: \d+% complete/,
    translate: () => new FanlightError('TIMEOUT', 'rendering did not finish before the deadline'),
  },
  {
    pattern: /exceeds pixel limit/,
    translate: () =>
      new FanlightError('TOO_MANY_PIXELS', "the image has more pixels than the recipe's input.maxPixels"),
  },
  {
    pattern: /Processed image is too large for the (\w+) format/,
    translate: ([, format]) =>
      new FanlightError('TOO_MANY_PIXELS', `the rendition has longer sides than ${format} can hold`),
  },
  {
    pattern: /bad extract area/,
    translate: () => new FanlightError('INVALID_RECIPE', "the recipe's extract reaches outside this image"),
  },
  {
    pattern: /out of memory|could not allocate|cannot allocate/i,
    translate: () => new FanlightError('OUT_OF_MEMORY', 'the image needs more memory than there is'),
  },
  {
    pattern: /No space left on device|ENOSPC/,
    translate: () => new FanlightError('INTERNAL', 'no space is left in the temporary directory'),
  },
  {
    pattern: /Input file is missing|ENOENT|EACCES|unable to open for write|unable to write/,
    translate: (_match, detail) => new FanlightError('INTERNAL', `the temporary files cannot be used: ${detail}`),
  },
];

/** The most telling line, without the paths of our temporary files and without what repeats itself. */
function detailOf(message: string): string {
  const lines = message
    .split('\n')
    .map((line) =>
      line.replace(/^Input (?:file|buffer) (?:has corrupt header|contains unsupported image format):?\s*/, ''),
    )
    .map((line) => line.replace(/(?:\/[^\s/:]+)+\/?[^\s:]*:?\s*/g, '').trim())
    .filter((line) => line !== '' && line !== 'Unknown error');
  return (lines[0] ?? 'the header cannot be read').slice(0, 200);
}

/** Why rendering a source of this format failed, as one line for people. */
export function explainFailure(thrown: unknown, format: string): FanlightError {
  if (thrown instanceof FanlightError) return thrown;
  if (!(thrown instanceof Error) || thrown instanceof TypeError || thrown instanceof RangeError) {
    return new FanlightError('INTERNAL', `rendering failed unexpectedly: ${String(thrown)}`, { cause: thrown });
  }
  const detail = detailOf(thrown.message);
  for (const { pattern, translate } of translations) {
    const match = pattern.exec(thrown.message);
    if (match !== null) return translate(match, detail);
  }
  return new FanlightError('CORRUPT_IMAGE', `the ${format} data cannot be decoded: ${detail}`, { cause: thrown });
}
