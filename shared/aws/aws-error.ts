import { S3ServiceException } from '@aws-sdk/client-s3';
import { FanlightError, messageOf, type ErrorCode } from '../core/errors.ts';

/** S3 errors that will be the same next time, and the code they are for an image. Everything else is transient. */
const permanentS3Errors: Readonly<Record<string, { code: ErrorCode; message: string }>> = {
  NoSuchKey: { code: 'NOT_FOUND', message: 'the object does not exist' },
  NotFound: { code: 'NOT_FOUND', message: 'the object does not exist' },
  NoSuchVersion: { code: 'NOT_FOUND', message: 'this version of the object does not exist any more' },
  NoSuchBucket: { code: 'NOT_FOUND', message: 'the bucket does not exist' },
  AccessDenied: { code: 'ACCESS_DENIED', message: 'the stack may not read the object' },
  PreconditionFailed: { code: 'SOURCE_CHANGED', message: 'the object was overwritten after the job was planned' },
  InvalidObjectState: {
    code: 'SOURCE_ARCHIVED',
    message: 'the object is in an archive storage class and must be restored first',
  },
};

/** The name of an S3 error, such as `NoSuchKey`; undefined for anything else that was thrown. */
export function s3ErrorName(thrown: unknown): string | undefined {
  return thrown instanceof S3ServiceException ? thrown.name : undefined;
}

/** True for the answers of a HEAD or GET of what does not exist. */
export function isMissing(thrown: unknown): boolean {
  const name = s3ErrorName(thrown);
  return name === 'NoSuchKey' || name === 'NotFound';
}

/** True when a conditional write found the key already written (412). A 409, two writers at once, is not: it is to be tried again. */
export function isPreconditionFailed(thrown: unknown): boolean {
  return s3ErrorName(thrown) === 'PreconditionFailed';
}

/** True when a conditional write met another one at once (409): S3 asks to look again and to repeat it. */
export function isConditionalConflict(thrown: unknown): boolean {
  return thrown instanceof S3ServiceException && thrown.$metadata.httpStatusCode === 409;
}

/** What reading a source ran into: permanent where S3's answer will not change, transient otherwise. */
export function sourceReadError(thrown: unknown): FanlightError {
  if (thrown instanceof FanlightError) return thrown;
  const name = s3ErrorName(thrown);
  // A HEAD's 403 has no body, hence no code but the status.
  const status = thrown instanceof S3ServiceException ? thrown.$metadata.httpStatusCode : undefined;
  const known = permanentS3Errors[name ?? ''] ?? (status === 403 ? permanentS3Errors['AccessDenied'] : undefined);
  if (known !== undefined) return new FanlightError(known.code, known.message, { cause: thrown });
  return new FanlightError('INTERNAL', `reading from S3 failed: ${messageOf(thrown)}`, { cause: thrown });
}
