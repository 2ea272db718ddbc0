import type { Clock } from '../clock.ts';
import type { Store } from '../store.ts';

export interface MessageAttribute {
  /** `String`, `Number` or `Binary`, optionally with a custom suffix (`Number.int`). */
  readonly dataType: string;
  readonly stringValue?: string | undefined;
  /** Base64. */
  readonly binaryValue?: string | undefined;
}

export interface QueueRef {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
}

export interface QueueMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly md5OfBody: string;
  /** System attributes: ApproximateReceiveCount, SentTimestamp, SenderId, MessageGroupId, … */
  readonly attributes: Record<string, string>;
  readonly messageAttributes: Record<string, MessageAttribute>;
}

export interface OutgoingMessage {
  readonly body: string;
  readonly delayS?: number | undefined;
  readonly messageAttributes?: Record<string, MessageAttribute> | undefined;
  readonly messageGroupId?: string | undefined;
}

export interface ReceiveOptions {
  /** 1 to 10. */
  readonly max: number;
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly visibilityTimeoutS?: number | undefined;
}

export interface QueuesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly accountId: string;
  readonly region: string;
  /** `http://127.0.0.1:PORT`, the front of every queue URL. */
  readonly baseUrl: string;
}

export declare class Queues {
  constructor(options: QueuesOptions);
  /** Idempotent for the same attributes; throws QueueNameExists when a given attribute differs. */
  create(name: string, attributes: Record<string, string>): QueueRef;
  /** What SetQueueAttributes does: only the given attributes change. */
  setAttributes(arn: string, attributes: Record<string, string>): void;
  byArn(arn: string): QueueRef | undefined;
  receive(arn: string, options: ReceiveOptions): Promise<QueueMessage[]>;
  delete(arn: string, receiptHandles: readonly string[]): void;
  changeVisibility(arn: string, receiptHandle: string, timeoutS: number): void;
  /** Returns the message id. */
  send(arn: string, message: OutgoingMessage): string;
  counts(arn: string): { visible: number; inFlight: number; delayed: number };
  purge(arn: string): void;
}
