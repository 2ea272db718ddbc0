import { readPart } from '../aws/stored-plan.ts';
import type { StateStore } from '../aws/state-store.ts';
import { FanlightError, type ErrorCode } from '../core/errors.ts';
import { canonicalJson } from '../core/hash.ts';
import { PartDoneSchema, SealSchema, type Job } from '../core/job.ts';
import { ResultLineSchema } from '../core/outcome.ts';
import type { PlannedSource } from '../core/part-filler.ts';
import type { Cursor } from '../core/plan.ts';
import type { Target } from '../core/shard.ts';
import type { Source } from '../core/source.ts';
import { stateKey } from '../core/state-key.ts';

function expired(job: string): FanlightError {
  return new FanlightError('NOT_FOUND', `the plan and results of job ${job} are not all there any more`);
}

/** Codes of the failed images of a part, by ordinal: line n of the results is ordinal n. */
async function failedOrdinals(store: StateStore, job: string, part: number): Promise<Map<number, ErrorCode>> {
  const stored = await store.read(stateKey.results(job, part));
  if (stored === undefined) throw expired(job);
  const failed = new Map<number, ErrorCode>();
  const { text } = stored;
  let ordinal = 0;
  for (let start = 0, end = text.indexOf('\n'); end !== -1; start = end + 1, end = text.indexOf('\n', start)) {
    const { status, error } = ResultLineSchema.parse(JSON.parse(text.slice(start, end)));
    if (status === 'failed') failed.set(ordinal, error?.code ?? 'INTERNAL');
    ordinal += 1;
  }
  return failed;
}

/** What was overwritten after it was planned is taken as it is now; a member of an archive is none of another one. */
function asNew(source: Source, code: ErrorCode): PlannedSource['source'] {
  const { ordinal: _, size, version, ...rest } = source;
  const pinned =
    code === 'SOURCE_CHANGED' && rest.entry === undefined
      ? { version: {} }
      : { version, ...(size === undefined ? {} : { size }) };
  return { ...rest, ...pinned, attempts: 0 };
}

/**
 * The failed images of a job that has ended, in order, from a cursor on: the part by its number in `source`, the last image taken
 * from it by its ordinal in `after`.
 *
 * @throws FanlightError NOT_FOUND when the job's state has expired
 */
export async function* listFailed(
  store: StateStore,
  { parent: job = '', recipe, output, targets = [] }: Pick<Job, 'parent' | 'recipe' | 'output' | 'targets'>,
  start: Cursor,
): AsyncGenerator<PlannedSource> {
  const own = canonicalJson({ recipe, output });
  const others = new Map(targets.map((target) => [canonicalJson(target), target]));
  const targetOf = (target: Target): Target | undefined => {
    const json = canonicalJson(target);
    return json === own ? undefined : (others.get(json) ?? target);
  };
  const seal = (await store.readDocument(stateKey.seal(job), SealSchema))?.document;
  if (seal === undefined) throw expired(job);
  for (let part = start.source; part < seal.parts; part++) {
    const done = (await store.readDocument(stateKey.done(job, part), PartDoneSchema))?.document;
    if (done === undefined) throw expired(job);
    if (done.counts.failed === 0) continue;
    const last = part === start.source ? Number(start.after ?? -1) : -1;
    const failed = await failedOrdinals(store, job, part);
    const plan = await readPart(store, job, part);
    if (plan === undefined) throw expired(job);
    for (const { sources, ...shard } of plan.shards) {
      const target = targetOf({ recipe: shard.recipe, output: shard.output });
      for (const source of sources) {
        const code = failed.get(source.ordinal);
        if (code === undefined || source.ordinal <= last) continue;
        yield { source: asNew(source, code), after: { source: part, after: String(source.ordinal) }, target };
      }
    }
  }
}
