import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { sourceReadError } from '../../shared/aws/aws-error.ts';
import { archiveFormatOf, frontBytes, type ArchiveFormat } from '../../shared/sources/archive-format.ts';
import { routeFor, type Route } from '../../shared/core/deployment.ts';
import { failureOf, type Failure } from '../../shared/core/outcome.ts';
import type { UploadEvent } from '../../shared/core/upload-event.ts';
import type { Splitter } from './splitter.ts';

/** What is to be done with an upload. `refused-job` would have become a job, `refused-image` a single image. */
export type UploadClass =
  | { readonly kind: 'image' | 'archive' | 'manifest'; readonly route: Route }
  | { readonly kind: 'refused-image' | 'refused-job'; readonly route: Route; readonly failure: Failure }
  | { readonly kind: 'ignored'; readonly reason: string };

const manifestSuffix = '.fanlight.json';

async function readFront(s3: S3Client, { bucket, key, etag }: UploadEvent): Promise<Uint8Array> {
  const { Body } = await s3.send(
    new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: `"${etag}"`, Range: `bytes=0-${frontBytes - 1}` }),
  );
  return (await Body?.transformToByteArray()) ?? new Uint8Array();
}

function refusal(kind: 'refused-image' | 'refused-job', route: Route, given: string): UploadClass {
  const accepted = route.accept.join(', ');
  const message = `the route '${route.prefix}' takes: ${accepted} (given ${given})`;
  return { kind, route, failure: failureOf({ code: 'UNSUPPORTED_FORMAT', message }) };
}

/** A route that takes archives has to look into the upload, because extensions decide nothing (design 4.1). */
async function classifyBySniffing(s3: S3Client, upload: UploadEvent, route: Route): Promise<UploadClass> {
  let format: ArchiveFormat | undefined;
  try {
    format = archiveFormatOf(await readFront(s3, upload));
  } catch (error) {
    const failure = sourceReadError(error);
    if (failure.kind === 'permanent') return { kind: 'refused-job', route, failure: failureOf(failure) };
    throw failure;
  }
  if (format !== undefined) return { kind: 'archive', route };
  return route.accept.includes('image') ? { kind: 'image', route } : refusal('refused-image', route, 'neither');
}

/** Decides what an upload is. A route for images alone costs no request. */
export async function classifyUpload(splitter: Splitter, upload: UploadEvent): Promise<UploadClass> {
  // Only S3 may send here, and only for the uploads bucket: anything else is a misconfiguration, or somebody trying.
  if (upload.bucket !== splitter.uploadsBucket) return { kind: 'ignored', reason: 'not of the uploads bucket' };
  const route = routeFor(splitter.deployment.routes, upload.key);
  if (route === undefined) return { kind: 'ignored', reason: 'no route' };
  const isManifest = upload.key.endsWith(manifestSuffix);
  if (isManifest && route.accept.includes('manifest')) return { kind: 'manifest', route };
  if (upload.sizeBytes === 0) return { kind: 'ignored', reason: 'no bytes' };
  if (route.accept.includes('archive')) return classifyBySniffing(splitter.s3, upload, route);
  if (route.accept.includes('image')) return { kind: 'image', route };
  return refusal('refused-image', route, 'something else');
}
