import { CancellationSchema, type Cancellation } from '../core/cancellation.ts';
import { stateKey } from '../core/state-key.ts';
import type { StateStore } from './state-store.ts';

/** Undefined as long as the job is worked on. One GET. */
export async function readCancellation(store: StateStore, job: string): Promise<Cancellation | undefined> {
  return (await store.readDocument(stateKey.cancel(job), CancellationSchema))?.document;
}

/** Stops a job, unless it is stopped already: then the first reason stays. Returns the one that counts. */
export function cancelJob(store: StateStore, cancellation: Cancellation): Promise<Cancellation> {
  return store.createOrAdoptDocument(stateKey.cancel(cancellation.job), CancellationSchema, cancellation);
}
