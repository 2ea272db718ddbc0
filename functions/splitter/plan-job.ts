import { readCancellation } from '../../shared/aws/stored-cancellation.ts';
import { newestPart, readPart, readPartHeader } from '../../shared/aws/stored-plan.ts';
import { cancelledFailure } from '../../shared/core/cancellation.ts';
import { FanlightError } from '../../shared/core/errors.ts';
import type { Job } from '../../shared/core/job.ts';
import { limits } from '../../shared/core/limits.ts';
import type { Failure } from '../../shared/core/outcome.ts';
import { sealOf, type PartHeader, type StoredPart } from '../../shared/core/plan.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import type { Continuation } from '../../shared/core/upload-event.ts';
import { askForCheck } from './ask-for-check.ts';
import { endPlan, planPart } from './plan-part.ts';
import { PlannedNames } from './planned-names.ts';
import { openSources } from './open-sources.ts';
import type { RemainingMs, Splitter } from './splitter.ts';

/** Enough to list and send a full part: 10 LIST requests, and 100 batches, four of them in flight. */
const maxMarginMs = 20_000;

/** Where planning starts in this invocation. */
export interface PlanStart {
  readonly part: number;
  readonly hop: number;
}

/**
 * Plans a job part by part and sends the shards of each from the stored plan. Ends with the seal or, when time is short, with a
 * continuation. A crash anywhere, any number of redeliveries and invocations of any length give one plan.
 */
export async function planJob(splitter: Splitter, job: Job, start: PlanStart, remainingMs: RemainingMs): Promise<void> {
  if (await splitter.store.exists(stateKey.seal(job.job))) return askForCheck(splitter, job.job);
  const marginMs = Math.min(maxMarginMs, remainingMs() / 3);
  const outOfTime = (): boolean => remainingMs() < marginMs;
  // A part is stored only after all shards before it are sent, so that only the newest may need sending again.
  let part = (await newestPart(splitter.store, job.job, start.part)) ?? start.part;
  let previous = await headerBefore(splitter, job, part);
  const firstPart = part;
  const names = new PlannedNames(splitter.store, job.job);
  await using sources = openSources(splitter, job, names, outOfTime);
  const goOn = async (): Promise<void> => {
    const hop = part > firstPart ? 0 : start.hop + 1;
    if (part > firstPart) {
      if (previous?.next) await sources.startAt(previous.next, part);
      await names.leaveFor(part, sources.unplanned);
    }
    return askForContinuation(splitter, { v: 1, kind: 'continue', job: job.job, part, hop });
  };
  for (;;) {
    const hopless = part === firstPart && start.hop > limits.maxHops;
    if (outOfTime() && !hopless) return goOn();
    const cancellation = await readCancellation(splitter.store, job.job);
    const end = cancellation === undefined ? hoplessEnd(hopless) : cancelledFailure(cancellation);
    const position = { part, previous };
    // Where the time is over says nothing about the job, so a part ends there only if it was too much for an invocation before.
    const time = { outOfTime, mayBeCut: part === firstPart && start.hop > 0 };
    const planned =
      (await readPart(splitter.store, job.job, part)) ??
      (await (end === undefined
        ? planPart(splitter, job, sources, position, time)
        : endPlan(splitter, job, position, end)));
    if (planned === undefined) return goOn();
    // The collector gives the images of what is not sent their outcomes.
    if (cancellation === undefined) await sendShards(splitter, planned);
    if (planned.header.next === null) return seal(splitter, job, planned.header);
    previous = planned.header;
    part += 1;
  }
}

async function headerBefore({ store }: Splitter, { job }: Job, part: number): Promise<PartHeader | undefined> {
  if (part === 0) return undefined;
  const stored = await readPartHeader(store, job, part - 1);
  if (stored === undefined) throw new FanlightError('INTERNAL', `plan part ${part - 1} of job ${job} is not stored`);
  return stored.header;
}

function hoplessEnd(hopless: boolean): Failure | undefined {
  if (!hopless) return undefined;
  return { code: 'BUDGET_EXCEEDED', message: `planning got no further in ${limits.maxHops} invocations` };
}

async function askForContinuation({ uploadsQueue, logger }: Splitter, continuation: Continuation): Promise<void> {
  const { job, part, hop } = continuation;
  logger.info('planning goes on in another invocation', { job, part, hop });
  await uploadsQueue.send([{ body: JSON.stringify(continuation), groupId: job }]);
}

async function sendShards({ shardsQueue, logger }: Splitter, { header, messages }: StoredPart): Promise<void> {
  const { job, part, images } = header;
  await shardsQueue.send(messages.map((body) => ({ body, groupId: job })));
  logger.info('part sent', { job, part, images, shards: messages.length });
}

async function seal(splitter: Splitter, job: Job, last: PartHeader): Promise<void> {
  const document = sealOf(job.upload, last);
  await splitter.store.create(stateKey.seal(job.job), JSON.stringify(document));
  const { parts, shards, images } = document;
  splitter.logger.info('plan sealed', { job: job.job, parts, shards, images, error: document.error?.code });
  await askForCheck(splitter, job.job);
}
