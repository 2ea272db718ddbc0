import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Another stack is open on the same data folder. */
export class StackLockedError extends Error {
  override readonly name = 'StackLockedError';
}

/**
 * Lets one stack at a time use a data folder. SQLite's lock on `stack.lock` belongs to the process and vanishes with
 * it, however it dies: there is no stale lock and no process id to mistake for another's.
 */
export class StackLock {
  readonly #database: DatabaseSync;
  readonly #pidFile: string;

  private constructor(database: DatabaseSync, pidFile: string) {
    this.#database = database;
    this.#pidFile = pidFile;
  }

  /** @throws StackLockedError */
  static acquire(dataDir: string): StackLock {
    mkdirSync(dataDir, { recursive: true });
    const pidFile = join(dataDir, 'stack.pid');
    const database = new DatabaseSync(join(dataDir, 'stack.lock'));
    try {
      database.exec('BEGIN EXCLUSIVE');
    } catch (cause) {
      database.close();
      if (!(cause instanceof Error && /database is locked/.test(cause.message))) throw cause;
      throw new StackLockedError(`${dataDir} is in use by another embedded stack${holder(pidFile)}`, { cause });
    }
    writeFileSync(pidFile, String(process.pid));
    return new StackLock(database, pidFile);
  }

  release(): void {
    rmSync(this.#pidFile, { force: true });
    this.#database.close();
  }
}

function holder(pidFile: string): string {
  try {
    return ` (process ${readFileSync(pidFile, 'utf8')})`;
  } catch {
    return ''; // it is just starting or ending
  }
}
