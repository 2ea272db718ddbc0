import {
  JobSchema,
  JobStatusSchema,
  SealSchema,
  UploadPointerSchema,
  type Job,
  type Seal,
} from '../../shared/core/job.ts';
import { parsePart, type Part } from '../../shared/core/plan.ts';
import { ReportSchema, type Report } from '../../shared/core/report.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import type { ControlPlane } from './control-plane.ts';

/** Uploads a manifest; returns the way its owner finds its job, once there is one. */
export async function submit(
  plane: ControlPlane,
  manifest: unknown,
  key = 'jobs/a.fanlight.json',
): Promise<() => Promise<string>> {
  const body = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  const pointer = stateKey.uploadPointer('uploads', key, await plane.upload(key, body));
  return async () => {
    const stored = await plane.store.readDocument(pointer, UploadPointerSchema);
    if (stored === undefined) throw new Error('no job yet');
    return stored.document.job;
  };
}

/** Puts empty-bodied images below a prefix of the uploads bucket that no route takes. */
export async function putImages(plane: ControlPlane, prefix: string, names: readonly string[]): Promise<void> {
  for (const name of names) await plane.upload(`${prefix}${name}`, `bytes of ${name}`);
}

export const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index + 10}.jpg`);

export async function reportOf(plane: ControlPlane, job: string): Promise<Report | undefined> {
  return (await plane.store.readDocument(stateKey.reportJson(job), ReportSchema))?.document;
}

export async function sealOfJob(plane: ControlPlane, job: string): Promise<Seal | undefined> {
  return (await plane.store.readDocument(stateKey.seal(job), SealSchema))?.document;
}

export async function jobDocument(plane: ControlPlane, job: string): Promise<Job | undefined> {
  return (await plane.store.readDocument(stateKey.job(job), JobSchema))?.document;
}

export async function stateOf(plane: ControlPlane, job: string): Promise<string | undefined> {
  return (await plane.store.readDocument(stateKey.jobStatus(job), JobStatusSchema))?.document.state;
}

/** The stored plan, part by part. */
export async function planOf(plane: ControlPlane, job: string): Promise<Part[]> {
  const parts: Part[] = [];
  for (;;) {
    const stored = await plane.store.read(stateKey.plan(job, parts.length));
    if (stored === undefined) return parts;
    parts.push(parsePart(stored.text));
  }
}
