import type { PlannedSource } from '../../shared/core/part-filler.ts';
import type { Cursor } from '../../shared/core/plan.ts';

const isSame = (a: Cursor, b: Cursor): boolean => a.source === b.source && a.after === b.after;

/**
 * The sources of a job, read once in an invocation however many parts it plans: what a part could not take belongs to the next one, and
 * they are opened anew only where somebody else's part ends elsewhere.
 */
export class PlannedSources implements AsyncDisposable {
  readonly #open: (start: Cursor, part: number) => AsyncGenerator<PlannedSource>;
  #reader: AsyncGenerator<PlannedSource> | undefined;
  /** Where the part that is being planned starts. */
  #start: Cursor = { source: 0 };
  /** Given since then. */
  #given: PlannedSource[] = [];
  /** To be given before anything is read. */
  #pending: PlannedSource[] = [];

  constructor(open: (start: Cursor, part: number) => AsyncGenerator<PlannedSource>) {
    this.#open = open;
  }

  /** Goes to where the part of this number starts. */
  async startAt(cursor: Cursor, part: number): Promise<void> {
    const index = this.#given.findLastIndex(({ after }) => isSame(after, cursor));
    if (this.#reader !== undefined && (index !== -1 || isSame(cursor, this.#start))) {
      this.#pending = [...this.#given.slice(index + 1), ...this.#pending];
    } else {
      await this[Symbol.asyncDispose]();
      this.#pending = [];
      this.#reader = this.#open(cursor, part);
    }
    this.#given = [];
    this.#start = cursor;
  }

  /** What was read since the part that is being planned starts, and whatever was read ahead. */
  get unplanned(): readonly PlannedSource[] {
    return [...this.#given, ...this.#pending];
  }

  /** Undefined at the end. */
  async next(): Promise<PlannedSource | undefined> {
    const planned = this.#pending.shift() ?? (await this.#read());
    if (planned !== undefined) this.#given.push(planned);
    return planned;
  }

  async #read(): Promise<PlannedSource | undefined> {
    const result = await this.#reader?.next();
    return result === undefined || result.done === true ? undefined : result.value;
  }

  /** Lets go of what is being read: an unread body keeps its socket (field note 12). */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader?.return(undefined);
    this.#reader = undefined;
  }
}
