import { errorCodes, FanlightError, type ErrorCode, type ErrorDetails } from '../shared/core/errors.ts';
import { printable } from './printable.ts';

/** Exit statuses of every command (design 4.6). */
export const exitStatus = { ok: 0, someFailed: 1, usage: 2, couldNotRun: 3, interrupted: 130 } as const;
type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

/** What only a command on this machine can run into; codes of images, recipes and manifests are in shared/core/errors.ts. */
const cliErrorCodes = {
  USAGE: exitStatus.usage,
  DISK_FULL: exitStatus.couldNotRun,
  FOLDER_IN_USE: exitStatus.couldNotRun,
  STACK_FAILED: exitStatus.couldNotRun,
  INTERRUPTED: exitStatus.interrupted,
} as const satisfies Record<string, ExitStatus>;
export type CliErrorCode = keyof typeof cliErrorCodes;

/** Of the shared codes, those that the caller can mend by another command line, recipe or manifest. */
const usageCodes: ReadonlySet<ErrorCode> = new Set([
  'NOT_FOUND',
  'KEY_COLLISION',
  'ENTRY_UNSAFE',
  'TOO_LARGE',
  'INVALID_MANIFEST',
  'INVALID_RECIPE',
  'URL_REFUSED',
]);

/** Those of an input that turned out to be unreadable as a whole: it failed, and nothing is wrong with the command. */
const failedInputCodes: ReadonlySet<ErrorCode> = new Set(['ARCHIVE_CORRUPT', 'ARCHIVE_LIMIT', 'UNSUPPORTED_FORMAT']);

/** Ends a command with one line for people. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;
  readonly details: ErrorDetails;

  constructor(code: CliErrorCode, message: string, { cause, ...details }: ErrorDetails & { cause?: unknown } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** What `--json` prints instead of a report. */
interface ErrorDocument {
  readonly error: { readonly code: CliErrorCode | ErrorCode; readonly message: string } & ErrorDetails;
}

/** How a command ends that threw: status, and what to say. */
export interface Ending {
  readonly status: ExitStatus;
  readonly document: ErrorDocument;
}

const diskFullErrors =
  /ENOSPC|InsufficientStorage|EDQUOT|EFBIG|SQLITE_FULL|database or disk is full|no space left|file too large/i;

/** An error of the file system in words; undefined for anything else. */
function fileSystemError(thrown: unknown): CliError | FanlightError | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if (diskFullErrors.test(`${'code' in thrown ? String(thrown.code) : ''} ${thrown.name} ${thrown.message}`))
    return new CliError('DISK_FULL', 'the disk is full', { cause: thrown });
  if (!('code' in thrown) || !('path' in thrown)) return undefined;
  const path = String(thrown.path);
  if (thrown.code === 'ELOOP')
    return new FanlightError('NOT_FOUND', `${path} is a link that leads nowhere`, { path, cause: thrown });
  if (thrown.code === 'ENOENT')
    return new FanlightError('NOT_FOUND', `${path} does not exist`, { path, cause: thrown });
  if (thrown.code === 'EACCES' || thrown.code === 'EPERM' || thrown.code === 'EROFS')
    return new FanlightError('ACCESS_DENIED', `no permission for ${path}`, { path, cause: thrown });
  return undefined;
}

/** True when a write failed because the disk, a quota or a file size limit is exhausted. */
export function isDiskFull(thrown: unknown): boolean {
  const error = thrown instanceof CliError ? thrown : fileSystemError(thrown);
  return error instanceof CliError && error.code === 'DISK_FULL';
}

/** An error with a code and a message for people, whatever was thrown. */
export function toKnownError(thrown: unknown): CliError | FanlightError {
  if (thrown instanceof CliError || thrown instanceof FanlightError) return thrown;
  const fromFileSystem = fileSystemError(thrown);
  if (fromFileSystem !== undefined) return fromFileSystem;
  return new FanlightError('INTERNAL', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
}

/** The exit status that a code of a report's or a command's error stands for. */
export function statusOfCode(code: ErrorCode): ExitStatus {
  if (failedInputCodes.has(code)) return exitStatus.someFailed;
  return usageCodes.has(code) ? exitStatus.usage : exitStatus.couldNotRun;
}

/** What a command that threw leaves behind. */
export function endingOf(thrown: unknown): Ending {
  const error = toKnownError(thrown);
  const status = error instanceof CliError ? cliErrorCodes[error.code] : statusOfCode(error.code);
  const firstLine = error.message.split('\n', 1)[0] ?? '';
  const message = firstLine === '' && error instanceof FanlightError ? errorCodes[error.code].meaning : firstLine;
  return { status, document: { error: { code: error.code, message, ...error.details } } };
}

/** The one line on stderr. */
export function lineOf({ document: { error } }: Ending): string {
  return `fanlight: ${error.code}: ${printable(error.message)}`;
}
