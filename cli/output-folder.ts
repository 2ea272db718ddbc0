import { constants, existsSync } from 'node:fs';
import { access, mkdir, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CliError } from './cli-error.ts';

/** What the state, the renditions and the functions' scratch space take besides a copy of the sources, in bytes. */
const baseBytes = 4 * 1024 ** 2;

/** `--out DIR`: what a run writes, and where. */
export class OutputFolder {
  readonly path: string;
  readonly renditions: string;
  readonly results: string;
  readonly reportJson: string;
  readonly reportHtml: string;
  /** What makes a second run skip: buckets and queues of the embedded stack. */
  readonly state: string;
  /** Files under way; always below DIR, so that a rename puts them in place. */
  readonly temporary: string;
  readonly #own: string;
  #createdFrom: string | undefined;
  #createdState = false;

  constructor(path: string) {
    this.path = path;
    this.renditions = join(path, 'renditions');
    this.results = join(path, 'results.jsonl');
    this.reportJson = join(path, 'report.json');
    this.reportHtml = join(path, 'report.html');
    this.#own = join(path, '.fanlight');
    this.state = join(this.#own, 'stack');
    this.temporary = join(this.#own, 'tmp');
  }

  /** Everything a run writes here: never an input of the next one. */
  get ownPaths(): readonly string[] {
    return [this.#own, this.renditions, this.results, this.reportJson, this.reportHtml];
  }

  /**
   * Creates the folder and checks that it can be written and has room for a copy of the sources.
   *
   * @throws CliError USAGE, DISK_FULL; FanlightError ACCESS_DENIED
   */
  async prepare(sourceBytes: number): Promise<void> {
    const stateIsNew = !existsSync(this.#own);
    this.#createdFrom = await this.#create();
    this.#createdState = stateIsNew;
    await access(this.path, constants.W_OK | constants.X_OK);
    const freeBytes = await this.freeBytes();
    const neededBytes = (this.#createdState ? baseBytes : 0) + sourceBytes;
    if (freeBytes < neededBytes)
      throw new CliError(
        'DISK_FULL',
        `${this.path} has ${megabytes(freeBytes)} MB free, and this run needs at least ${megabytes(neededBytes)} MB`,
        { path: this.path },
      );
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.path);
    return bavail * bsize;
  }

  /** For the one run that holds the state: makes room for files under way, without those of a run that was killed. */
  async openTemporary(): Promise<void> {
    await this.closeTemporary();
    await mkdir(this.temporary, { recursive: true });
  }

  async closeTemporary(): Promise<void> {
    await rm(this.temporary, { recursive: true, force: true });
  }

  /** Leaves nothing behind of a run that could not begin: what was there before stays. */
  async undo(): Promise<void> {
    if (this.#createdState) await rm(this.#own, { recursive: true, force: true });
    for (let folder = this.path; this.#createdFrom !== undefined; folder = dirname(folder)) {
      const removed = await rmdir(folder).then(
        () => true,
        () => false, // somebody else has put something there: it stays
      );
      if (!removed || folder === this.#createdFrom) return;
    }
  }

  /** Returns the topmost folder it had to create. */
  async #create(): Promise<string | undefined> {
    const missing: string[] = [];
    let folder = this.path;
    for (; !existsSync(folder); folder = dirname(folder)) missing.unshift(folder);
    if (!(await stat(folder)).isDirectory())
      throw new CliError('USAGE', `--out ${this.path}: ${folder} is not a folder`, { path: this.path });
    // One by one: Node's recursive mkdir never returns where mkdir answers ENOENT below an existing folder, as in /proc.
    for (const path of missing) await this.#createOne(path);
    return missing[0];
  }

  async #createOne(path: string): Promise<void> {
    try {
      await mkdir(path);
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!missing) throw error;
      throw new CliError('USAGE', `--out ${this.path} cannot be created`, { path: this.path, cause: error });
    }
  }
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
