import { z } from 'zod';
import { AwsError } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import type { Store } from '../store.ts';
import { noSuchBucket } from './errors.ts';
import { NotificationConfigurationSchema, validateNotifications } from './notifications.ts';
import type { NotificationConfiguration } from './notifications.ts';
import type { Notifier } from './notifier.ts';

const RowSchema = z.object({ name: z.string(), created_ms: z.number(), notifications: z.string() });

const NO_NOTIFICATIONS: NotificationConfiguration = { queueConfigurations: [] };

interface Bucket {
  readonly createdMs: number;
  readonly notifications: NotificationConfiguration;
}

/** The buckets and their notification configurations; small enough to be held in memory, written through to the store. */
export class Buckets {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #notifier: Notifier;
  readonly #buckets: Map<string, Bucket>;
  readonly #statements;

  constructor(options: { store: Store; clock: Clock; notifier: Notifier }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#notifier = options.notifier;
    this.#store.define(
      'CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, created_ms INTEGER NOT NULL, notifications TEXT NOT NULL)',
    );
    this.#statements = {
      save: this.#store.prepare('INSERT OR REPLACE INTO buckets (name, created_ms, notifications) VALUES (?, ?, ?)'),
      delete: this.#store.prepare('DELETE FROM buckets WHERE name = ?'),
    };
    this.#buckets = new Map(
      this.#store
        .prepare('SELECT name, created_ms, notifications FROM buckets')
        .all()
        .map((row) => RowSchema.parse(row))
        .map((row) => [
          row.name,
          {
            createdMs: row.created_ms,
            notifications: NotificationConfigurationSchema.parse(JSON.parse(row.notifications)),
          },
        ]),
    );
  }

  /**
   * Idempotent: a bucket found in the store keeps its objects and takes the notifications given (none given: unchanged).
   * Throws InvalidBucketName, and InvalidArgument for notifications to a queue that does not exist.
   */
  create(name: string, options: { notifications?: NotificationConfiguration } = {}): void {
    requireBucketName(name);
    const existing = this.#buckets.get(name);
    this.#save(name, {
      createdMs: existing?.createdMs ?? this.#clock.now(),
      notifications: options.notifications ?? existing?.notifications ?? NO_NOTIFICATIONS,
    });
  }

  has(name: string): boolean {
    return this.#buckets.has(name);
  }

  names(): string[] {
    return [...this.#buckets.keys()].toSorted();
  }

  /** Epoch milliseconds. */
  createdMs(name: string): number {
    return this.#find(name).createdMs;
  }

  /** Throws NoSuchBucket. */
  require(name: string): void {
    this.#find(name);
  }

  notifications(name: string): NotificationConfiguration {
    return this.#find(name).notifications;
  }

  /** Sends the s3:TestEvent to each queue when the configuration is another than before. */
  setNotifications(name: string, notifications: NotificationConfiguration, skipDestinationValidation = false): void {
    this.#save(name, { ...this.#find(name), notifications }, skipDestinationValidation);
  }

  /** The caller makes sure that the bucket is empty. */
  delete(name: string): void {
    this.require(name);
    this.#statements.delete.run(name);
    this.#store.afterCommit(() => this.#buckets.delete(name));
  }

  #save(name: string, bucket: Bucket, skipDestinationValidation = false): void {
    // Parsing brings the fields into one order, so that equal configurations have equal JSON.
    const notifications = NotificationConfigurationSchema.parse(bucket.notifications);
    validateNotifications(notifications);
    const json = JSON.stringify(notifications);
    const changed = json !== JSON.stringify(this.#buckets.get(name)?.notifications ?? NO_NOTIFICATIONS);
    if (!changed && this.#buckets.has(name)) return;
    this.#store.transaction(() => {
      this.#statements.save.run(name, bucket.createdMs, json);
      if (changed && !skipDestinationValidation) this.#notifier.testDestinations(name, notifications);
      this.#store.afterCommit(() => this.#buckets.set(name, { ...bucket, notifications }));
    });
  }

  #find(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw noSuchBucket(name);
    return bucket;
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function requireBucketName(name: string): void {
  const valid =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/u.test(name) && !name.includes('..') && !/^\d+\.\d+\.\d+\.\d+$/u.test(name);
  if (!valid) throw new AwsError('InvalidBucketName', 400, 'The specified bucket is not valid.', { BucketName: name });
}
