import { setTimeout as sleep } from 'node:timers/promises';

/** S3 could not be reached, throttled, or broke off: nothing that the image is to blame for, so it comes back in a copy. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

const attempts = 3;
const backoffMs = 100;

/**
 * Repeats what the SDK does not: a body that breaks off after its headers, or one that it cannot send twice.
 *
 * @throws Unavailable after three attempts; anything else that `work` throws at once
 */
export async function retried<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Unavailable) || attempt === attempts || signal.aborted) throw error;
      await sleep(backoffMs * 2 ** attempt * Math.random(), undefined, { signal });
    }
  }
}
