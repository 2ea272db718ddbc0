import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../shared/core/errors.ts';

/** S3 could not be reached, throttled, or broke off: nothing that the image is to blame for, so it comes back in a copy. */
export class Unavailable extends Error {
  override readonly name: string = 'Unavailable';

  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
  }
}

/** A transfer that ended in the middle, which the SDK does not repeat: a body after its headers, or a stream it cannot rewind. */
export class Interrupted extends Unavailable {
  override readonly name = 'Interrupted';
}

const attempts = 3;
const backoffMs = 100;

/**
 * Repeats interrupted transfers with growing, jittered pauses.
 *
 * @throws Interrupted after three attempts; anything else that `work` throws at once
 */
export async function retried<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Interrupted) || attempt === attempts || signal.aborted) throw error;
      await sleep(backoffMs * 2 ** attempt * Math.random(), undefined, { signal });
    }
  }
}
