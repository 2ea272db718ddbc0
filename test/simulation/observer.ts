import type { Invocation } from './invocation.ts';
import type { StoredObject } from './simulated-bucket.ts';

export interface Write {
  readonly bucket: string;
  readonly key: string;
  readonly condition: 'If-None-Match' | 'If-Match' | undefined;
  readonly object: StoredObject;
  readonly before: StoredObject | undefined;
}

export interface Sent {
  readonly queue: string;
  readonly body: string;
  readonly by: Invocation;
}

/** Whoever watches a world is told what its functions do. */
export interface Observer {
  /** A function wrote an object; `before` is what it replaced. */
  onWrite?(write: Write): void;
  onDelete?(bucket: string, key: string): void;
  /** A function sent a message. */
  onSend?(sent: Sent): void;
}
