/** An error as an AWS client sees it; each service writes it in its own protocol. */
export class AwsError extends Error {
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  /** Further fields of the error document, such as `Key` or `Resource`. */
  readonly details: Readonly<Record<string, string>>;

  constructor(code: string, status: number, message: string, details: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

/** errcode of SQLITE_FULL, https://sqlite.org/rescode.html#full. */
const SQLITE_FULL = 13;

/** Whether an error of the file system or of SQLite says that the disk (or the quota) is full. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('errcode' in error && error.errcode === SQLITE_FULL) return true;
  return 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
