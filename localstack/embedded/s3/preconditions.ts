import { AwsError } from '../aws-error.ts';
import type { IncomingHttpHeaders } from 'node:http';
import { noSuchKey, notImplemented, preconditionFailed } from './errors.ts';
import type { ObjectRecord } from './object-record.ts';
import type { S3Request } from './request.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
export interface WritePreconditions {
  /** Write only if there is no such key. */
  readonly ifNoneMatch?: '*' | undefined;
  /** Write only over this ETag. */
  readonly ifMatch?: string | undefined;
}

/** Comparing with an ETag shows something of the object: AWS wants s3:GetObject for it. */
export function writePreconditions(request: S3Request): WritePreconditions {
  const ifNoneMatch = request.header('if-none-match');
  const ifMatch = request.header('if-match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') throw notImplemented('If-None-Match with an ETag on a write');
  if (ifNoneMatch !== undefined && ifMatch !== undefined)
    throw notImplemented('If-Match together with If-None-Match on a write');
  if (ifMatch !== undefined) request.authoriseObject('s3:GetObject');
  return { ifNoneMatch, ifMatch };
}

/** Throws PreconditionFailed (412), or NoSuchKey (404) for If-Match on a missing key. */
export function requireWritable(
  preconditions: WritePreconditions,
  key: string,
  current: { readonly etag: string } | undefined,
): void {
  const { ifNoneMatch, ifMatch } = preconditions;
  if (ifNoneMatch !== undefined && current !== undefined) throw preconditionFailed('If-None-Match');
  if (ifMatch === undefined) return;
  if (current === undefined) throw noSuchKey(key);
  if (!matches(ifMatch, current.etag)) throw preconditionFailed('If-Match');
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html */
export function requireDeletable(ifMatch: string | undefined, current: { readonly etag: string } | undefined): void {
  if (ifMatch === undefined) return;
  if (current === undefined || !matches(ifMatch, current.etag)) throw preconditionFailed('If-Match');
}

/**
 * Preconditions of a read (GET and HEAD with no prefix, the source of a copy with `x-amz-copy-source-`), by RFC 9110
 * section 13.2.2. Throws 304 (412 for a copy) or 412.
 */
export function requireReadable(headers: IncomingHttpHeaders, object: ObjectRecord, prefix = ''): void {
  const header = (name: string): string | undefined => headers[`${prefix}${name}`]?.toString();
  const ifMatch = header('if-match');
  const ifNoneMatch = header('if-none-match');
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, object.etag)) throw preconditionFailed('If-Match');
  } else if (modifiedAfter(object, header('if-unmodified-since')) === true) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  const unchanged =
    ifNoneMatch === undefined
      ? modifiedAfter(object, header('if-modified-since')) === false
      : matches(ifNoneMatch, object.etag);
  if (unchanged) throw prefix === '' ? notModified(object.etag) : preconditionFailed('If-None-Match');
}

function notModified(etag: string): AwsError {
  return new AwsError('NotModified', 304, 'Not Modified', { ETag: `"${etag}"` });
}

function matches(header: string, etag: string): boolean {
  return header
    .split(',')
    .map((candidate) => candidate.trim().replace(/^W\//u, '').replaceAll('"', ''))
    .some((candidate) => candidate === '*' || candidate === etag);
}

/** undefined: no date given, or one that cannot be understood, which HTTP says to ignore. */
function modifiedAfter(object: ObjectRecord, date: string | undefined): boolean | undefined {
  const ms = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(ms) ? undefined : Math.floor(object.modifiedMs / 1000) * 1000 > ms;
}
