import { GetObjectCommand, type GetObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { readError, refuseOwnOutput } from './pinned-object.ts';

/** The answer to a GET. Whoever has it consumes or destroys the body: an unread one keeps its socket (field note 12). */
export interface OpenObject {
  readonly body: Readable;
  readonly lengthBytes: number | undefined;
  /** `Content-Range` of a ranged GET. */
  readonly range: string | undefined;
}

/**
 * @param explain makes an error of what S3 says
 * @throws what `explain` gives, by default FanlightError when the object cannot be read, or Unavailable; OwnOutput
 */
export async function getObject(
  s3: S3Client,
  input: GetObjectCommandInput,
  signal: AbortSignal,
  explain: (thrown: unknown) => Error = readError,
): Promise<OpenObject> {
  const response = await s3.send(new GetObjectCommand(input), { abortSignal: signal }).catch((error: unknown) => {
    throw explain(error);
  });
  const { Body: body, ContentLength: lengthBytes, ContentRange: range, Metadata } = response;
  if (!(body instanceof Readable)) throw new TypeError('the SDK gave no stream');
  try {
    refuseOwnOutput(Metadata);
  } catch (error) {
    body.destroy();
    throw error;
  }
  return { body, lengthBytes, range };
}
