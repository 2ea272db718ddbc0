import type { z } from 'zod';
import type { StateStore } from '../aws/state-store.ts';
import { JobStatusSchema, PartStatusSchema, SealSchema } from '../core/job.ts';
import type { Counts, JobState, Seal } from '../core/job.ts';
import { PartSet } from '../core/part-set.ts';
import { stateKey } from '../core/state-key.ts';

/** How far a job is. Counts lag about a second behind the work: they are what its notices told. */
export interface JobProgress {
  readonly state: JobState;
  /** Images of the whole job; undefined until its plan is complete. */
  readonly images: number | undefined;
  readonly counts: Counts;
}

/** Open parts looked at in one reading. Parts are worked on in order, so those behind have nothing to tell yet. */
const maxOpenParts = 8;

function firstOpenParts(done: PartSet, parts: number | undefined): number[] {
  const end = parts ?? done.size + maxOpenParts;
  const open: number[] = [];
  for (let part = 0; part < end && open.length < maxOpenParts; part++) if (!done.has(part)) open.push(part);
  return open;
}

function sum(counts: readonly Counts[]): Counts {
  const total = (of: (counts: Counts) => number): number => counts.reduce((all, one) => all + of(one), 0);
  return {
    succeeded: total((one) => one.succeeded),
    failed: total((one) => one.failed),
    skipped: total((one) => one.skipped),
  };
}

/** Reads one job's progress again and again: its status, its seal until there is one, and the statuses of open parts. */
export class JobProgressReader {
  readonly #store: StateStore;
  readonly #job: string;
  #seal: Seal | undefined;

  constructor(store: StateStore, job: string) {
    this.#store = store;
    this.#job = job;
  }

  async read(): Promise<JobProgress> {
    this.#seal ??= await this.#document(stateKey.seal(this.#job), SealSchema);
    const status = await this.#document(stateKey.jobStatus(this.#job), JobStatusSchema);
    const open = firstOpenParts(new PartSet(status?.foldedParts), this.#seal?.parts);
    const parts = await Promise.all(
      open.map((part) => this.#document(stateKey.partStatus(this.#job, part), PartStatusSchema)),
    );
    const counts = [status?.counts, ...parts.map((part) => part?.counts)].filter((one) => one !== undefined);
    return { state: status?.state ?? 'running', images: this.#seal?.images, counts: sum(counts) };
  }

  async #document<Schema extends z.ZodType>(key: string, schema: Schema): Promise<z.infer<Schema> | undefined> {
    return (await this.#store.readDocument(key, schema))?.document;
  }
}
