import type { S3Client } from '@aws-sdk/client-s3';
import type { JobClient, SubmittedManifest } from '../shared/client/job-client.ts';
import type { JobRequest } from './job-request.ts';
import type { Progress } from './progress/progress.ts';
import { uploadInputs } from './upload-inputs.ts';

/** Where a request's files and its manifest are put. */
export interface SubmitTarget {
  readonly client: JobClient;
  readonly s3: S3Client;
  readonly uploadsBucket: string;
  readonly sourcesPrefix: string;
  readonly manifestsPrefix: string;
}

/** Below it a request's files lie. */
export const uploadsPrefix = (id: string, sourcesPrefix: string): string => `${sourcesPrefix}${id}/`;

/** Uploads what a request needs, and then its manifest. */
export async function submitRequest(
  { id, files, manifest }: JobRequest,
  { client, s3, uploadsBucket: bucket, sourcesPrefix, manifestsPrefix }: SubmitTarget,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<SubmittedManifest> {
  const prefix = uploadsPrefix(id, sourcesPrefix);
  if (files.length > 0) progress.phase('upload', files.length);
  let uploaded = 0;
  await uploadInputs(files, { s3, bucket, prefix, signal, onUploaded: () => progress.update(++uploaded) });
  return client.submit(`${manifestsPrefix}${id}.fanlight.json`, manifest(`s3://${bucket}/${prefix}`));
}
