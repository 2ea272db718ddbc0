import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Store } from '../store.ts';
import { SegmentSchema } from './bodies.ts';
import type { Bodies, Segment } from './bodies.ts';
import type { Buckets } from './buckets.ts';
import { ChecksumSchema } from './checksums.ts';
import { noSuchKey } from './errors.ts';
import type { ObjectEventName } from './notifications.ts';
import type { EventCause, Notifier } from './notifier.ts';
import { DescriptionSchema, TagSchema } from './object-record.ts';
import type { Content, Description, ObjectRecord, Tag } from './object-record.ts';
import { requireDeletable, requireWritable } from './preconditions.ts';
import type { WritePreconditions } from './preconditions.ts';
import type { Sequencer } from './sequencer.ts';

const RowSchema = z.object({ size: z.number(), etag: z.string(), modified_ms: z.number(), detail: z.string() });

const DetailSchema = DescriptionSchema.extend({
  segments: z.array(SegmentSchema),
  checksum: ChecksumSchema.optional(),
});

export interface Put {
  readonly bucket: string;
  readonly key: string;
  readonly content: Content;
  readonly description: Description;
  readonly preconditions: WritePreconditions;
  readonly event: Exclude<ObjectEventName, 'ObjectRemoved:Delete'>;
  readonly cause: EventCause;
}

/** The index of objects: what each key holds now. Changes and their notifications are one transaction. */
export class Objects {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #bodies: Bodies;
  readonly #buckets: Buckets;
  readonly #notifier: Notifier;
  readonly #sequencer: Sequencer;
  readonly #statements;

  constructor(options: {
    store: Store;
    clock: Clock;
    bodies: Bodies;
    buckets: Buckets;
    notifier: Notifier;
    sequencer: Sequencer;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#bodies = options.bodies;
    this.#buckets = options.buckets;
    this.#notifier = options.notifier;
    this.#sequencer = options.sequencer;
    this.#store.define(`CREATE TABLE IF NOT EXISTS objects (
      bucket TEXT NOT NULL, key TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, modified_ms INTEGER NOT NULL,
      checksum_algorithm TEXT, checksum_type TEXT, detail TEXT NOT NULL, PRIMARY KEY (bucket, key)) WITHOUT ROWID`);
    this.#statements = {
      get: this.#store.prepare('SELECT size, etag, modified_ms, detail FROM objects WHERE bucket = ? AND key = ?'),
      put: this.#store.prepare(`INSERT OR REPLACE INTO objects
        (bucket, key, size, etag, modified_ms, checksum_algorithm, checksum_type, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`),
      setDetail: this.#store.prepare('UPDATE objects SET detail = ? WHERE bucket = ? AND key = ?'),
      delete: this.#store.prepare('DELETE FROM objects WHERE bucket = ? AND key = ?'),
      any: this.#store.prepare('SELECT 1 FROM objects WHERE bucket = ? LIMIT 1'),
      bodies: this.#store.prepare(
        "SELECT json_extract(segment.value, '$.id') AS id FROM objects, json_each(objects.detail, '$.segments') AS segment",
      ),
    };
  }

  find(bucket: string, key: string): ObjectRecord | undefined {
    this.#buckets.require(bucket);
    const row = this.#statements.get.get(bucket, key);
    if (row === undefined) return undefined;
    const { size, etag, modified_ms, detail } = RowSchema.parse(row);
    return { size, etag, modifiedMs: modified_ms, ...DetailSchema.parse(JSON.parse(detail)) };
  }

  /** Makes stored bodies the content of a key. Throws when a precondition does not hold. */
  put(put: Put): void {
    const { bucket, key, content, description } = put;
    this.#store.transaction(() => {
      const current = this.find(bucket, key);
      requireWritable(put.preconditions, key, current);
      const { size, etag, segments, checksum } = content;
      const detail = JSON.stringify({ ...description, segments, checksum });
      const { algorithm = null, type = null } = checksum ?? {};
      this.#statements.put.run(bucket, key, size, etag, this.#clock.now(), algorithm, type, detail);
      this.#publish(put.event, put, { size, etag });
      this.#removeAfterCommit(current?.segments);
    });
  }

  /** Deleting what is not there succeeds, as on AWS. */
  delete(bucket: string, key: string, ifMatch: string | undefined, cause: EventCause): void {
    this.#store.transaction(() => {
      const current = this.find(bucket, key);
      requireDeletable(ifMatch, current);
      if (current === undefined) return;
      this.#statements.delete.run(bucket, key);
      this.#publish('ObjectRemoved:Delete', { bucket, key, cause });
      this.#removeAfterCommit(current.segments);
    });
  }

  setTags(bucket: string, key: string, tags: readonly Tag[]): void {
    const current = this.find(bucket, key);
    if (current === undefined) throw noSuchKey(key);
    const { headers, metadata, segments, checksum } = current;
    const detail = { headers, metadata, tags: tags.map((tag) => TagSchema.parse(tag)), segments, checksum };
    this.#statements.setDetail.run(JSON.stringify(detail), bucket, key);
  }

  isEmpty(bucket: string): boolean {
    return this.#statements.any.get(bucket) === undefined;
  }

  /** The names of all bodies in use. */
  *bodyIds(): Generator<string, void, undefined> {
    for (const row of this.#statements.bodies.iterate()) yield z.object({ id: z.string() }).parse(row).id;
  }

  #publish(
    name: ObjectEventName,
    of: { bucket: string; key: string; cause: EventCause },
    created?: { size: number; etag: string },
  ): void {
    const configuration = this.#buckets.notifications(of.bucket);
    if (configuration.queueConfigurations.length === 0) return;
    const { bucket, key, cause } = of;
    this.#notifier.publish(configuration, { name, bucket, key, cause, created, sequencer: this.#sequencer.next() });
  }

  #removeAfterCommit(segments: readonly Segment[] | undefined): void {
    if (segments !== undefined) this.#store.afterCommit(() => this.#bodies.remove(segments));
  }
}
