import { z } from 'zod';
import type { Job } from '../../shared/core/job.ts';
import { type Cursor } from '../../shared/core/plan.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import { listFailed } from '../../shared/sources/failed-images.ts';
import type { KeyRanges } from '../../shared/sources/list-prefix.ts';
import { readSources } from '../../shared/sources/read-sources.ts';
import type { ScratchWriter } from '../../shared/sources/tar/compressed-tar.ts';
import type { PlannedNames } from './planned-names.ts';
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

/** The sources of a job, from wherever a part starts. */
export function openSources(
  splitter: Splitter,
  job: Job,
  names: PlannedNames,
  outOfTime: () => boolean,
): PlannedSources {
  const { s3, store } = splitter;
  return new PlannedSources((start: Cursor, part: number) => {
    // What was read so far may be more than what is planned before this part.
    names.release();
    if (job.parent !== undefined) return listFailed(store, job, start);
    return readSources(
      {
        s3,
        job,
        policy: policyOf(splitter),
        scratchFor: (source) => scratchFor(splitter, job.job, source),
        rangesFor: (source) => rangesFor(splitter, job.job, source),
        names: { none: () => names.none(), before: () => names.before(part), release: () => names.release() },
        outOfTime,
      },
      start,
    );
  });
}
