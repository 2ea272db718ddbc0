import { AwsError } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import type { Principal } from '../iam/principals.ts';
import type { Faults, FaultSubject } from './faults.ts';

const DEFAULT_LATENCY_MS = 50;

/** A request that may meet a fault; `target` is what it is about: bucket and key, a queue, an event bus. */
export interface FaultableRequest {
  readonly service: 's3' | 'sqs' | 'events';
  readonly action: string;
  readonly target: string;
  readonly principal: Principal;
}

/** The client gets no answer: its connection breaks. */
export class ConnectionReset extends Error {
  override readonly name = 'ConnectionReset';
}

/** Of S3; SDKs back off for seconds. */
const slowDown = new AwsError('SlowDown', 503, 'Please reduce your request rate.');

const unavailable = new AwsError('ServiceUnavailable', 503, 'Service is unable to handle request.');

const internalError = new AwsError('InternalError', 500, 'We encountered an internal error. Please try again.');

/** Only functions have policies. */
export function isFaultable({ principal }: FaultableRequest): boolean {
  return principal.policies !== undefined;
}

export function subjectOf({ action, target }: FaultableRequest): FaultSubject {
  return { what: action, name: target };
}

/**
 * What a function's request meets before anything is done.
 * @returns to be called once it is done, before the answer; throws ConnectionReset when the answer gets lost
 * @throws AwsError, ConnectionReset
 */
export async function meetFaults(faults: Faults, clock: Clock, request: FaultableRequest): Promise<() => void> {
  if (!isFaultable(request)) return () => undefined;
  const subject = subjectOf(request);
  const death = request.principal.process?.onRequest();
  if (death?.when === 'before') {
    death.kill();
    throw new ConnectionReset('its process was killed');
  }
  const latency = faults.strike('latency', subject);
  if (latency !== undefined) await clock.wait(latency.amount('delay') * (latency.maxMs ?? DEFAULT_LATENCY_MS));
  if (faults.isOut(request.service, request.action)) throw unavailable;
  if (faults.strike('internal-error', subject) !== undefined) throw internalError;
  if (faults.strike('slow-down', subject) !== undefined) throw request.service === 's3' ? slowDown : unavailable;
  if (faults.strike('connection-reset', subject) !== undefined) throw new ConnectionReset('by a fault');
  // A lost answer matters only where something was changed; and an object's body has to be read once it is open.
  const lost = request.action === 'GetObject' ? undefined : faults.due('response-lost', subject);
  return () => {
    if (death?.when === 'after') death.kill();
    if (lost?.happen() === true) throw new ConnectionReset('by a fault, after the request was done');
  };
}
