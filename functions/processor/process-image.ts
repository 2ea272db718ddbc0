import { messageOf, toFanlightError } from '../../shared/core/errors.ts';
import type { Failure, Outcome } from '../../shared/core/outcome.ts';
import type { Source, Verdict } from '../../shared/core/source.ts';
import type { CostedOutcome, ImageWork } from './image-work.ts';
import { OwnOutput } from './pinned-object.ts';
import { renderImage } from './render-image.ts';
import { Unavailable } from './unavailable.ts';

/** An image that has its outcome, and what it cost. */
export interface SettledImage {
  readonly kind: 'settled';
  readonly outcome: Outcome;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly computeMs: number;
}

/** An image for a copy: a service was unavailable, the time was over, or something unexpected went wrong. */
export interface UnsettledImage {
  readonly kind: 'unsettled';
  readonly cause: 'unavailable' | 'time' | 'internal';
  /** As the copy carries it. */
  readonly source: Source;
  readonly message: string;
}

export type ProcessedImage = SettledImage | UnsettledImage;

/** Deliveries after which an unexpected error is the image's outcome. An outage is not unexpected, and may last longer. */
const maxInternalAttempts = 3;
/** FailureSchema's bound. */
const maxMessageLength = 500;

/** Other things than images lie in folders: only what claims to be one is missed. */
function asStray(source: Source, outcome: CostedOutcome): CostedOutcome {
  const notAnImage = outcome.error?.code === 'UNSUPPORTED_FORMAT' || outcome.error?.code === 'TOO_LARGE';
  if (source.claimed || !notAnImage) return outcome;
  const { error: _, ...rest } = outcome;
  return { ...rest, status: 'skipped', reason: 'not-an-image' };
}

function settled(source: Source, outcome: CostedOutcome, durationMs: number): SettledImage {
  const { bytesIn = 0, bytesOut = 0, computeMs = 0, waitedMs: _, renditions = [], ...rest } = outcome;
  return {
    kind: 'settled',
    outcome: {
      ordinal: source.ordinal,
      source: source.name,
      ...rest,
      renditions,
      attempts: source.attempts + 1,
      durationMs: Math.round(durationMs),
    },
    bytesIn,
    bytesOut,
    computeMs,
  };
}

function failed({ code, message }: Failure): CostedOutcome {
  return { status: 'failed', error: { code, message: message.slice(0, maxMessageLength) } };
}

function unsettled(source: Source, cause: UnsettledImage['cause'], thrown: unknown): UnsettledImage {
  return { kind: 'unsettled', cause, source: { ...source, attempts: source.attempts + 1 }, message: messageOf(thrown) };
}

function classify(work: ImageWork, source: Source, thrown: unknown, durationMs: number): ProcessedImage {
  if (work.signal.aborted) return unsettled(source, 'time', thrown);
  if (thrown instanceof OwnOutput) return settled(source, { status: 'skipped', reason: 'own-output' }, durationMs);
  if (thrown instanceof Unavailable) return unsettled(source, 'unavailable', thrown);
  const { code, kind, message } = toFanlightError(thrown);
  if (kind === 'transient' && source.attempts + 1 < maxInternalAttempts) return unsettled(source, 'internal', thrown);
  return settled(source, asStray(source, failed({ code, message })), durationMs);
}

/** The outcome that was known when the image was planned, as the planner made it. */
export function settlePlanned(source: Source, verdict: Verdict): SettledImage {
  return settled(source, verdict, 0);
}

/** Brings one image to its outcome, or finds that this delivery cannot. Never throws: a bad image never fails its neighbours. */
export async function processImage(work: ImageWork, source: Source): Promise<ProcessedImage> {
  const startedMs = performance.now();
  try {
    const outcome = await renderImage(work, source);
    return settled(source, asStray(source, outcome), performance.now() - startedMs - (outcome.waitedMs ?? 0));
  } catch (error) {
    return classify(work, source, error, performance.now() - startedMs);
  }
}
