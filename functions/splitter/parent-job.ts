import type { Route } from '../../shared/core/deployment.ts';
import { FanlightError } from '../../shared/core/errors.ts';
import { JobSchema, type Job } from '../../shared/core/job.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import type { Splitter } from './splitter.ts';

/**
 * The job whose failed images a manifest wants to be tried again: one that has ended, of the same route, because a route decides
 * what its uploaders may do.
 *
 * @throws FanlightError NOT_FOUND, ACCESS_DENIED or INVALID_MANIFEST
 */
export async function readParent({ store }: Splitter, job: string, route: Route): Promise<Job> {
  const path = 'retry.job';
  const stored = await store.readDocument(stateKey.job(job), JobSchema);
  if (stored === undefined) throw new FanlightError('NOT_FOUND', `${path}: there is no job ${job}`, { path });
  const parent = stored.document;
  if (parent.route !== route.prefix)
    throw new FanlightError('ACCESS_DENIED', `${path}: job ${job} is of another route (given '${route.prefix}')`, {
      path,
    });
  if (!(await store.exists(stateKey.reportJson(job))))
    throw new FanlightError('INVALID_MANIFEST', `${path}: job ${job} has not ended yet`, { path });
  return parent;
}
