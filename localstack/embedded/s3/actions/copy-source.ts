import { authorise } from '../../iam/principals.ts';
import { objectArn } from '../arn.ts';
import { invalidArgument, notImplemented } from '../errors.ts';
import type { ObjectRecord } from '../object-record.ts';
import { requireReadable } from '../preconditions.ts';
import type { S3Request } from '../request.ts';
import type { S3Services } from '../services.ts';
import { existing } from './get-object.ts';

export interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly object: ObjectRecord;
}

/** Reads `x-amz-copy-source` and its preconditions; whoever copies must be allowed to read. */
export function copySource(request: S3Request, services: S3Services): CopySource {
  const header = request.header('x-amz-copy-source') ?? '';
  const match = /^\/?([^/]+)\/(.+)$/su.exec(header.split('?')[0] ?? '');
  if (match === null)
    throw invalidArgument('Copy Source must mention the source bucket and key', 'x-amz-copy-source', header);
  if (header.includes('?versionId=')) throw notImplemented('Copying a version');
  const bucket = decodeURIComponent(match[1] ?? '');
  const key = decodeURIComponent(match[2] ?? '');
  authorise(request.authenticated.principal, 's3:GetObject', objectArn(bucket, key));
  const object = existing(request, services, bucket, key);
  requireReadable(request.headers, object, 'x-amz-copy-source-');
  return { bucket, key, object };
}
