import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';

/** errcode of SQLITE_BUSY, https://sqlite.org/rescode.html#busy. */
const SQLITE_BUSY = 5;

/**
 * The index of the embedded stack: one SQLite file under `dataDir`, held by one process at a time (the lock ends with the
 * process). WAL with `synchronous = OFF`: what is committed survives the death of the process, not a power cut.
 */
export class Store {
  readonly dataDir: string;
  readonly #database: DatabaseSync;
  #depth = 0;
  #afterCommit: (() => void)[] = [];

  /** Throws if another process has the directory open. */
  constructor(dataDir: string) {
    this.dataDir = dataDir;
    mkdirSync(dataDir, { recursive: true });
    this.#database = new DatabaseSync(join(dataDir, 'index.sqlite'));
    try {
      this.#database.exec(`
        PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
        CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        BEGIN EXCLUSIVE; COMMIT;`);
    } catch (error) {
      this.#database.close();
      if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY)
        throw new Error(`${dataDir} is in use by another embedded stack`, { cause: error });
      throw error;
    }
  }

  /** Runs a schema script; each part of the stack creates its own tables with `IF NOT EXISTS`. */
  define(schema: string): void {
    this.#database.exec(schema);
  }

  prepare(sql: string): StatementSync {
    return this.#database.prepare(sql);
  }

  /** All or nothing; a nested call joins the outer transaction. */
  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    this.#database.exec('BEGIN IMMEDIATE');
    this.#depth = 1;
    let result: T;
    try {
      result = work();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#afterCommit = [];
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    } finally {
      this.#depth = 0;
    }
    const callbacks = this.#afterCommit;
    this.#afterCommit = [];
    for (const callback of callbacks) callback();
    return result;
  }

  /** Runs once the surrounding transaction is committed (at once outside of one), not at all when it is rolled back. */
  afterCommit(callback: () => void): void {
    if (this.#depth > 0) this.#afterCommit.push(callback);
    else callback();
  }

  close(): void {
    this.#database.close();
  }
}
