import { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { sourceReadError } from '../../aws/aws-error.ts';
import type { S3Location } from '../../core/manifest-sources.ts';

/** Names the bytes in a GET. */
export type Pin = { readonly VersionId: string } | { readonly IfMatch: string };

export interface ReadableObject extends S3Location {
  /** That of the first answer when absent. */
  readonly pin?: Pin | undefined;
}

/** Bodies in a row that may break off without a byte. */
const maxFruitlessBodies = 3;

interface OpenBody {
  readonly body: AsyncIterable<Uint8Array>;
  /** Offset of the object's end. */
  readonly end: number;
  readonly pin: Pin | undefined;
}

async function openBody(s3: S3Client, { bucket, key, pin }: ReadableObject, offset: number): Promise<OpenBody> {
  const range = offset === 0 ? {} : { Range: `bytes=${offset}-` };
  const { Body, ContentLength, ContentRange, ETag } = await s3.send(
    new GetObjectCommand({ Bucket: bucket, Key: key, ...pin, ...range }),
  );
  if (!(Body instanceof Readable) || ContentLength === undefined) throw new TypeError('the SDK gave no stream');
  if (offset > 0 && ContentRange?.startsWith(`bytes ${offset}-`) !== true) {
    Body.destroy(); // an unread body keeps its socket (field note 12)
    throw new Error(`S3 announced ${ContentRange ?? 'the whole object'} instead of what is behind byte ${offset}`);
  }
  return { body: Body, end: offset + ContentLength, pin: pin ?? (ETag === undefined ? undefined : { IfMatch: ETag }) };
}

/**
 * An object's bytes from an offset on, as they come, by one GET. Where a body breaks off, another GET goes on from there.
 *
 * @param offset below the object's size, or 0
 * @throws FanlightError permanent where S3's answer will not change
 */
export async function* objectBytes(s3: S3Client, object: ReadableObject, offset: number): AsyncGenerator<Uint8Array> {
  let at = offset;
  let { pin } = object;
  for (let fruitless = 0; fruitless < maxFruitlessBodies; fruitless += 1) {
    let broken: unknown = new Error('the body ended before its announced length');
    let end = Infinity;
    try {
      const opened = await openBody(s3, { ...object, pin }, at);
      ({ pin, end } = opened);
      for await (const chunk of opened.body) {
        at += chunk.length;
        fruitless = -1;
        yield chunk;
      }
      if (at >= end) return;
    } catch (error) {
      broken = error;
    }
    const known = sourceReadError(broken);
    if (known.kind === 'permanent' || at >= end || fruitless === maxFruitlessBodies - 1) throw known;
  }
}
