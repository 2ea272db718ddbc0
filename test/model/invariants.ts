import { isDeepStrictEqual } from 'node:util';
import { eventTypes, JobCompletedSchema } from '../../shared/core/events.ts';
import { limits } from '../../shared/core/limits.ts';
import type { OutcomeCounts } from '../../shared/core/outcome-set.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import { sourceNamesOf } from '../simulation/job-sources.ts';
import { isDrained } from '../simulation/jobs.ts';
import type { World } from '../simulation/world.ts';
import type { Evidence } from './evidence.ts';

/**
 * The promises of design 5 under their numbers, stated once; exhaustive, model-based and chaos tests all ask {@link violations}.
 *
 * Not here, because a protocol run has nothing to say about them:
 * 4 at synth and start-up: test/infra/image-fanout.test.ts, test/shared/core/refuse-loop.test.ts; fed back: test/model/lineage.test.ts;
 * 5 budgets: test/functions/splitter/budget.test.ts, test/functions/collector/budget.test.ts;
 * 6 for images: test/functions/processor/pool, test/shared/core/predicted-memory.test.ts; for the collector at size: test/scale;
 * 7 nothing an upload says is trusted: test/shared/core/{output-key,upload-event,manifest}.test.ts, test/functions/collector/report;
 * 8 least privilege: test/infra/permissions.test.ts, test/localstack/auth; workers' environments: test/functions/processor/pool.
 */
interface Invariant {
  readonly number: number;
  readonly promise: string;
  /** One line for each way in which the run breaks it. */
  readonly broken: (run: Run) => string[];
}

/** A run, and a calm run of the same job to compare it with. */
export interface Run {
  readonly evidence: Evidence;
  readonly calm: Evidence;
  /** Faults that were injected: they bound what may be sent again. */
  readonly faults: number;
  /** Messages may have been lost, or a queue may have said that it is empty: only then is anything to be resent. */
  readonly mayHaveLost: boolean;
  /** The job was cancelled: what had no outcome by then fails with CANCELLED, and nothing else is different. */
  readonly cancelled?: boolean;
}

function countsOf(lines: readonly { readonly status: keyof OutcomeCounts }[]): OutcomeCounts {
  const counts = { succeeded: 0, failed: 0, skipped: 0 };
  for (const { status } of lines) counts[status] += 1;
  return counts;
}

const sum = ({ succeeded, failed, skipped }: OutcomeCounts): number => succeeded + failed + skipped;

function unless(holds: boolean, complaint: string): string[] {
  return holds ? [] : [complaint];
}

/** Names that are there more often than expected: an archive may hold two members of one name. */
function tooMany(names: readonly string[], expected: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of expected) counts.set(name, (counts.get(name) ?? 0) + 1);
  const groups = [...Map.groupBy(names, (name) => name)];
  return groups.filter(([name, { length }]) => length > (counts.get(name) ?? 1)).map(([name]) => name);
}

function oneOutcomeEach({ evidence: { report, parts, seal, submitted, witness }, cancelled = false }: Run): string[] {
  if (report === undefined || seal === undefined) return ['there is no report'];
  const lines = parts.flatMap(({ results }) => results);
  const names = lines.map(({ source }) => source).toSorted();
  const { total, ...counts } = report.images;
  const expected = sourceNamesOf(submitted.spec);
  return [
    ...tooMany(names, expected).map((name) => `several outcomes of one image: ${name}`),
    // A plan that was cut short names fewer images, each of them once.
    ...unless(
      cancelled || isDeepStrictEqual(names, expected.toSorted()),
      `outcomes of ${names.join()}, not of ${expected.join()}`,
    ),
    ...unless(total === sum(counts) && total === seal.images, `${total} images, ${seal.images} planned`),
    ...unless(isDeepStrictEqual(countsOf(lines), counts), `the report counts ${JSON.stringify(counts)}`),
    ...parts.flatMap(({ plan: { header, shards }, done, results }) => [
      ...unless(
        isDeepStrictEqual(
          results.map(({ source }) => source),
          shards.flatMap(({ sources }) => sources.map(({ name }) => name)),
        ),
        `part ${header.part}: outcomes are not those of its plan`,
      ),
      ...unless(results.length === header.images, `part ${header.part}: ${results.length} of ${header.images} lines`),
      ...unless(
        header.images === 0 || isDeepStrictEqual(countsOf(results), done?.counts),
        `part ${header.part}: done.json counts ${JSON.stringify(done?.counts)}`,
      ),
    ]),
    ...witness.unsafeWrites.map((write) => `unsafe write of ${write}`),
  ];
}

/** At least once, always with the state of the report. */
function isAnnounced({ events }: World, job: string | undefined, state: string | undefined): boolean {
  const completions = events
    .filter(({ type }) => type === eventTypes.jobCompleted)
    .map(({ detail }) => JobCompletedSchema.parse(JSON.parse(detail)))
    .filter((completed) => completed.job === job);
  return completions.length > 0 && completions.every((completed) => completed.state === state);
}

function terminalState({ evidence: { world, job, report, status, parts, submitted } }: Run): string[] {
  const { spec } = submitted;
  const killers = new Set(sourceNamesOf(spec).filter((_, index) => spec.images[index]?.content === 'killer'));
  const crashed = parts
    .flatMap(({ results }) => results)
    .filter(({ error }) => error?.code === 'WORKER_CRASHED' && error.message.includes('died'))
    .filter(({ source }) => !killers.has(source));
  return [
    ...unless(job !== undefined, 'the upload did not become a job'),
    ...unless(
      report !== undefined && status?.state === report.state,
      `state ${status?.state}, report ${report?.state}`,
    ),
    ...unless(world.results().get(stateKey.active(job ?? '')) === undefined, 'the job is still marked as active'),
    ...unless(isDrained(world), 'messages are left'),
    ...unless(isAnnounced(world, job, report?.state), 'no completion event was sent'),
    ...crashed.map(({ source }) => `${source} paid for an image that killed its process`),
    ...world.leftovers.map((leftover) => `work behind a response: ${leftover}`),
  ];
}

/**
 * Outcomes as design 5 compares them: by ordinal, status, code and rendition keys; a skip by its reason too. Ordinals go through
 * all parts: time may cut a part short, and then the same images are in other ones.
 */
function comparable({ parts }: Evidence): string[] {
  return parts
    .flatMap(({ results }) => results)
    .map(({ status, error, reason, renditions }, ordinal) => {
      const keys = renditions.map(({ key }) => key).join();
      return `${ordinal} ${status} ${error?.code ?? reason ?? ''} ${keys}`;
    });
}

function effectsOnce({ evidence, calm, cancelled = false }: Run): string[] {
  const [outcomes, calmOutcomes] = [comparable(evidence), comparable(calm)];
  const count = Math.max(outcomes.length, calmOutcomes.length);
  const differing = Array.from({ length: count }, (_, index) => index)
    .filter((index) => outcomes[index] !== calmOutcomes[index])
    .filter((index) => !cancelled || outcomes[index]?.includes('failed CANCELLED') === false);
  const others = Object.entries(evidence.renditions).filter(([key, hash]) => calm.renditions[key] !== hash);
  const missing = Object.keys(calm.renditions).filter((key) => evidence.renditions[key] === undefined);
  return [
    ...others.map(([key]) => `${key} is not what a calm run writes`),
    ...(cancelled ? [] : missing.map((key) => `${key} is missing`)),
    ...differing.map((index) => `outcome ${outcomes[index]}, in a calm run ${calmOutcomes[index]}`),
  ];
}

function noTriggers({ evidence: { witness } }: Run): string[] {
  return [
    ...witness.astray.map((key) => `a function wrote ${key}`),
    ...witness.unexpectedUploads.map((body) => `a function sent an upload: ${body}`),
    ...witness.shards
      .flatMap(({ sources }) => sources)
      .filter(({ bucket }) => bucket === 'results')
      .map(({ key }) => `${key} of the results bucket is a source`),
  ];
}

/** A fault, or a time that was over, costs at most a shard for each image and for each shard once more, and a notice for each. */
function boundedFanOut({ evidence: { witness, world, job, seal }, calm, mayHaveLost, ...run }: Run): string[] {
  const faults = run.faults + world.overdue.length;
  const planned = (seal?.shards ?? 0) + (seal?.images ?? 0);
  const maxShards = calm.witness.shards.length + (faults + 1) * planned;
  const maxNotices = calm.witness.notices + (faults + 1) * (2 * planned + 4);
  const resent = world
    .results()
    .keys(`_fanlight/jobs/${job ?? ''}/parts/`)
    .filter((key) => key.includes('/resent/'));
  const highest = Math.max(0, ...witness.shards.map(({ hop }) => hop));
  return [
    ...unless(witness.shards.length <= maxShards, `${witness.shards.length} shard messages (at most ${maxShards})`),
    ...unless(witness.notices <= maxNotices, `${witness.notices} notices (at most ${maxNotices})`),
    ...unless(highest <= limits.maxHops, `hop ${highest}`),
    ...witness.uncounted.map((copy) => `a hop was not counted by the ${copy}`),
    ...unless(mayHaveLost || resent.length === 0, `resent although nothing was lost: ${resent.join()}`),
    ...resent.filter((key) => !/\.[1-3]$/.test(key)).map((key) => `resent too often: ${key}`),
  ];
}

/** A status: its set in base64, a name of 50 bytes for each receipt, up to 100 failures of 1.3 KB. */
function maxStatusBytes(images: number, receipts: number): number {
  return images / 3 + receipts * 60 + limits.maxFailuresInReport * 1_300 + 1_000;
}

function boundedMemory({ evidence: { witness, parts } }: Run): string[] {
  const largest = (queue: string): number => witness.largestMessage.get(queue) ?? 0;
  return [
    ...unless(largest('shards') <= limits.maxMessageBytes, `a shard of ${largest('shards')} bytes`),
    ...unless(largest('receipts') <= limits.maxNoticeBytes, `a notice of ${largest('receipts')} bytes`),
    ...parts
      .filter(
        ({ status, statusBytes }) => statusBytes > maxStatusBytes(status?.images ?? 0, status?.receipts.length ?? 0),
      )
      .map(({ plan, statusBytes }) => `the status of part ${plan.header.part} has ${statusBytes} bytes`),
  ];
}

const invariants: readonly Invariant[] = [
  { number: 1, promise: 'every image has exactly one outcome, and the counts add up', broken: oneOutcomeEach },
  { number: 2, promise: 'the job ends; a killer costs nobody else an outcome', broken: terminalState },
  { number: 3, promise: 'effects are those of a calm run', broken: effectsOnce },
  { number: 4, promise: 'no output triggers the pipeline', broken: noTriggers },
  { number: 5, promise: 'fan-out is bounded', broken: boundedFanOut },
  { number: 6, promise: 'messages and statuses are bounded', broken: boundedMemory },
];

/** Every broken promise under its number; empty for a good run. */
export function violations(run: Run): string[] {
  return invariants.flatMap(({ number, promise, broken }) =>
    broken(run).map((complaint) => `invariant ${number} (${promise}): ${complaint}`),
  );
}
