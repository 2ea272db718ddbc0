import type { ErrorCode } from '../../../shared/core/errors.ts';
import type { RenderOutcome, RenderRequest } from './protocol.ts';
import type { Death } from './worker-process.ts';

/** One image on its way through the pool. */
export interface Job {
  readonly request: RenderRequest;
  readonly resolve: (outcome: RenderOutcome) => void;
  readonly reject: (reason: unknown) => void;
  readonly onStart: (() => void) | undefined;
  /** Its caller was rejected already, by abort or close. */
  abandoned: boolean;
  /** Its worker died: it is tried once more in a fresh worker while no other image is rendered. */
  alone: boolean;
  /** Predicted bytes, while it waits to be admitted. */
  waitsForBytes: number | undefined;
  startFailures: number;
}

/** A worker that fails to start twice for the same image will not start for the next one either. */
const maxStartFailures = 2;

function failed(code: ErrorCode, message: string): RenderOutcome {
  return { status: 'failed', error: { code, message: message.slice(0, 500) } };
}

/**
 * What the death of its worker means for an image: its outcome, or undefined when it is to be tried again. A kill
 * from outside must not fail an image, so only the second death is the image's own; a timeout would repeat itself.
 */
export function outcomeOfDeath(job: Job, { cause, message }: Death): RenderOutcome | undefined {
  if (cause === 'unusable') return failed('INTERNAL', `the worker process cannot load sharp: ${message}`);
  if (cause === 'timeout') return failed('TIMEOUT', `rendering ${message}`);
  if (cause === 'retired') return failed('INTERNAL', `the worker process was ended: ${message}`);
  if (cause === 'start') {
    job.startFailures += 1;
    return job.startFailures < maxStartFailures ? undefined : failed('INTERNAL', `the worker process ${message}`);
  }
  if (!job.alone) {
    job.alone = true;
    return undefined;
  }
  const code = cause === 'memory' ? 'OUT_OF_MEMORY' : 'WORKER_CRASHED';
  return failed(code, `the worker process ${message}, also when it rendered this image alone`);
}
