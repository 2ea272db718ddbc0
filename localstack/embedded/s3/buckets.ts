import type { NotificationConfiguration } from './notifications.ts';

export declare class Buckets {
  /** Idempotent: a bucket found in the store keeps its objects and takes the configuration given (none given: unchanged). */
  create(name: string, options?: { notifications?: NotificationConfiguration }): void;
  has(name: string): boolean;
  names(): string[];
}
