import { z } from 'zod';

/**
 * What a failure asks for: `permanent` is recorded at once and never retried, `transient` comes back as a delayed
 * copy, `deadly` took its process along and goes to the rescuer when it also takes the execution environment.
 */
export type ErrorKind = 'permanent' | 'transient' | 'deadly';

/** Every error code a result line, a report or the command line can show, with its kind and what it means to a person. */
export const errorCodes = {
  UNSUPPORTED_FORMAT: { kind: 'permanent', meaning: 'the bytes are no image format that Fanlight reads' },
  CORRUPT_IMAGE: { kind: 'permanent', meaning: 'the image is truncated or its data cannot be decoded' },
  TOO_MANY_PIXELS: { kind: 'permanent', meaning: "the image has more pixels than the recipe's input.maxPixels" },
  TOO_LARGE: { kind: 'permanent', meaning: 'the object or entry is larger than the limit for one image' },
  EMPTY_SOURCE: { kind: 'permanent', meaning: 'the object has no bytes' },
  TIMEOUT: { kind: 'deadly', meaning: 'rendering took longer than one image may, or the deadline of the job is over' },
  WORKER_CRASHED: { kind: 'deadly', meaning: 'the worker process died while rendering this image' },
  OUT_OF_MEMORY: { kind: 'deadly', meaning: 'rendering this image needs more memory than the function has' },
  NOT_FOUND: { kind: 'permanent', meaning: 'the object, bucket or path does not exist' },
  ACCESS_DENIED: { kind: 'permanent', meaning: 'the stack may not read the object, or the user the path' },
  SOURCE_CHANGED: { kind: 'permanent', meaning: 'the object was overwritten after the job was planned' },
  SOURCE_ARCHIVED: {
    kind: 'permanent',
    meaning: 'the object is in an archive storage class and must be restored first',
  },
  URL_REFUSED: { kind: 'permanent', meaning: 'the URL is not on the allow-list or leads to a private address' },
  ARCHIVE_CORRUPT: { kind: 'permanent', meaning: 'the archive or entry is damaged' },
  ARCHIVE_LIMIT: { kind: 'permanent', meaning: 'the archive exceeds a limit on entries, bytes or ratio' },
  ENTRY_UNSAFE: { kind: 'permanent', meaning: 'the name cannot be carried safely into an output key' },
  INVALID_MANIFEST: { kind: 'permanent', meaning: 'the manifest is not valid' },
  INVALID_RECIPE: { kind: 'permanent', meaning: 'the recipe is not valid' },
  KEY_COLLISION: { kind: 'permanent', meaning: 'two inputs would be written to the same output key' },
  BUDGET_EXCEEDED: { kind: 'permanent', meaning: 'the job would exceed its budget' },
  CANCELLED: { kind: 'permanent', meaning: 'the job was cancelled' },
  INTERNAL: { kind: 'transient', meaning: 'an unexpected error or an unavailable service; retried' },
} as const satisfies Record<string, { kind: ErrorKind; meaning: string }>;

export type ErrorCode = keyof typeof errorCodes;

export const ErrorCodeSchema = z.custom<ErrorCode>(
  (value) => typeof value === 'string' && Object.hasOwn(errorCodes, value),
);

/** Where in a document an error lies, and the nearest valid name for a misspelt key. */
export interface ErrorDetails {
  readonly path?: string;
  readonly suggestion?: string;
}

/** The one error class of the project: a code of the table, a sentence for people, and what caused it. */
export class FanlightError extends Error {
  override readonly name = 'FanlightError';
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: ErrorDetails & { cause?: unknown; kind?: ErrorKind } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.kind = options.kind ?? errorCodes[code].kind;
    this.details = {
      ...(options.path === undefined ? {} : { path: options.path }),
      ...(options.suggestion === undefined ? {} : { suggestion: options.suggestion }),
    };
  }
}

/** One line about whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Wraps whatever was thrown; what is not yet a FanlightError becomes INTERNAL, that is, transient. */
export function toFanlightError(thrown: unknown): FanlightError {
  if (thrown instanceof FanlightError) return thrown;
  return new FanlightError('INTERNAL', messageOf(thrown), { cause: thrown });
}
