import { setImmediate as nextTurn } from 'node:timers/promises';
import type { S3Response } from '../s3/request.ts';
import type { Faults } from './faults.ts';
import { ConnectionReset, isFaultable, subjectOf } from './request-faults.ts';
import type { FaultableRequest } from './request-faults.ts';

/** Breaks or cuts short the body of an object that a function reads. */
export function disturbBody(faults: Faults, request: FaultableRequest, response: S3Response): S3Response {
  const { body } = response;
  if (request.action !== 'GetObject' || !isFaultable(request) || typeof body !== 'object') return response;
  const length = Number(response.headers?.['content-length'] ?? 0);
  if (length === 0) return response;
  const subject = subjectOf(request);
  const short = faults.strike('short-body', subject);
  if (short !== undefined) {
    const left = Math.floor(short.amount('length') * length);
    return { ...response, headers: { ...response.headers, 'content-length': String(left) }, body: front(body, left) };
  }
  const reset = faults.strike('body-reset', subject);
  if (reset === undefined) return response;
  return { ...response, body: breakingOff(body, Math.floor(reset.amount('length') * length)) };
}

async function* front(body: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  let left = bytes;
  for await (const chunk of body) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}

async function* breakingOff(
  body: AsyncIterable<Uint8Array>,
  bytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* front(body, bytes);
  await nextTurn(); // what was written leaves the process first
  throw new ConnectionReset('by a fault, in the middle of an object');
}
