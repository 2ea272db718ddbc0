import { z } from 'zod';
import { readPartHeader } from '../../shared/aws/stored-plan.ts';
import type { Job } from '../../shared/core/job.ts';
import { parseJson } from '../../shared/core/parse-json.ts';
import { type Cursor } from '../../shared/core/plan.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import { listFailed } from '../../shared/sources/failed-images.ts';
import type { KeyRanges } from '../../shared/sources/list-prefix.ts';
import { readSources } from '../../shared/sources/read-sources.ts';
import type { ScratchWriter } from '../../shared/sources/tar/compressed-tar.ts';
import { PlannedSources } from './planned-sources.ts';
import { policyOf } from './policy.ts';
import type { Splitter } from './splitter.ts';

/** Members of a compressed tar, unpacked. The same archive gives the same objects, so whoever writes one first is right. */
function scratchFor({ store }: Splitter, job: string, source: number): ScratchWriter {
  return {
    async write(index, body) {
      const key = stateKey.scratch(job, source, index);
      await store.create(key, body, 'application/octet-stream');
      return key;
    },
  };
}

const BoundariesSchema = z.array(z.string());

function rangesFor({ store }: Splitter, job: string, source: number): KeyRanges {
  const key = stateKey.ranges(job, source);
  return {
    async read() {
      return (await store.readDocument(key, BoundariesSchema))?.document;
    },
    async write(boundaries) {
      return store.createOrAdoptDocument(key, BoundariesSchema, boundaries);
    },
  };
}

/** All that is wanted of a shard: to read it as one would take several times as long. */
const NamesSchema = z.object({ sources: z.array(z.object({ name: z.string() })) });

/** Names of what the parts before `start` planned from a source: its own, and in the first of them also those of other sources. */
async function* namesBefore(
  { store }: Splitter,
  job: string,
  source: number,
  beforePart: number,
): AsyncGenerator<string> {
  let part = beforePart;
  while (part > 0) {
    const header = (await readPartHeader(store, job, part - 1))?.header;
    if (header === undefined || (header.next !== null && header.next.source < source)) break;
    part -= 1;
    if (header.start.source < source) break;
  }
  for (; part < beforePart; part++) {
    const stored = await store.read(stateKey.plan(job, part));
    for (const line of stored?.text.split('\n').slice(1) ?? [])
      for (const { name } of NamesSchema.safeParse(parseJson(line)).data?.sources ?? []) yield name;
  }
}

/** The sources of a job, from wherever a part starts. */
export function openSources(splitter: Splitter, job: Job, outOfTime: () => boolean): PlannedSources {
  const { s3, store } = splitter;
  return new PlannedSources((start: Cursor, part: number) => {
    if (job.parent !== undefined) return listFailed(store, job, start);
    return readSources(
      {
        s3,
        job,
        policy: policyOf(splitter),
        scratchFor: (source) => scratchFor(splitter, job.job, source),
        rangesFor: (source) => rangesFor(splitter, job.job, source),
        namesBefore: (source) => namesBefore(splitter, job.job, source, part),
        outOfTime,
      },
      start,
    );
  });
}
