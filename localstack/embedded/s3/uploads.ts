import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { AwsError } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import type { Store } from '../store.ts';
import type { Bodies, Segment } from './bodies.ts';
import type { Buckets } from './buckets.ts';
import { ChecksumAlgorithmSchema, ChecksumTypeSchema } from './checksums.ts';
import type { ChecksumAlgorithm, ChecksumType } from './checksums.ts';
import { noSuchUpload } from './errors.ts';
import { DescriptionSchema } from './object-record.ts';
import type { Description } from './object-record.ts';

const UploadRowSchema = z.object({
  id: z.string(),
  bucket: z.string(),
  key: z.string(),
  started_ms: z.number(),
  description: z.string(),
  checksum_algorithm: ChecksumAlgorithmSchema.nullable(),
  checksum_type: ChecksumTypeSchema.nullable(),
});

const PartRowSchema = z.object({
  number: z.number(),
  etag: z.string(),
  size: z.number(),
  body: z.string(),
  checksum: z.string().nullable(),
  modified_ms: z.number(),
});

export interface Upload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly startedMs: number;
  readonly description: Description;
  /** undefined: the client declared no checksum. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType } | undefined;
}

export interface Part {
  readonly number: number;
  /** Hex MD5, without quotes. */
  readonly etag: string;
  readonly segment: Segment;
  /** Base64, of the upload's algorithm. */
  readonly checksum: string | undefined;
  readonly modifiedMs: number;
}

/** Multipart uploads under way and their parts. */
export class Uploads {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #bodies: Bodies;
  readonly #buckets: Buckets;
  readonly #statements;

  constructor(options: { store: Store; clock: Clock; bodies: Bodies; buckets: Buckets }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#bodies = options.bodies;
    this.#buckets = options.buckets;
    this.#store.define(`
      CREATE TABLE IF NOT EXISTS uploads (
        id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, started_ms INTEGER NOT NULL,
        description TEXT NOT NULL, checksum_algorithm TEXT, checksum_type TEXT) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS uploads_by_key ON uploads (bucket, key, id);
      CREATE TABLE IF NOT EXISTS parts (
        upload TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE, number INTEGER NOT NULL, etag TEXT NOT NULL,
        size INTEGER NOT NULL, body TEXT NOT NULL, checksum TEXT, modified_ms INTEGER NOT NULL,
        PRIMARY KEY (upload, number)) WITHOUT ROWID;`);
    this.#statements = {
      insert: this.#store.prepare('INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?)'),
      get: this.#store.prepare('SELECT * FROM uploads WHERE id = ?'),
      list: this.#store.prepare('SELECT * FROM uploads WHERE bucket = ? ORDER BY key, started_ms, id'),
      delete: this.#store.prepare('DELETE FROM uploads WHERE id = ?'),
      putPart: this.#store.prepare('INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?, ?)'),
      getPart: this.#store.prepare('SELECT * FROM parts WHERE upload = ? AND number = ?'),
      parts: this.#store.prepare('SELECT * FROM parts WHERE upload = ? ORDER BY number'),
      bodies: this.#store.prepare('SELECT body FROM parts'),
    };
  }

  create(bucket: string, key: string, description: Description, checksum: Upload['checksum']): string {
    this.#buckets.require(bucket);
    const id = randomBytes(24).toString('base64url');
    const { algorithm = null, type = null } = checksum ?? {};
    this.#statements.insert.run(id, bucket, key, this.#clock.now(), JSON.stringify(description), algorithm, type);
    return id;
  }

  /** Throws NoSuchBucket or NoSuchUpload. */
  require(bucket: string, key: string, id: string): Upload {
    this.#buckets.require(bucket);
    const row = this.#statements.get.get(id);
    const upload = row === undefined ? undefined : toUpload(row);
    if (upload === undefined || upload.bucket !== bucket || upload.key !== key) throw noSuchUpload(id);
    return upload;
  }

  /** By key, then by age. */
  list(bucket: string): Upload[] {
    this.#buckets.require(bucket);
    return this.#statements.list.all(bucket).map((row) => toUpload(row));
  }

  /** A part of the same number is replaced. Throws NoSuchUpload when the upload has ended meanwhile. */
  putPart(upload: Upload, number: number, etag: string, segment: Segment, checksum: string | undefined): Part {
    const modifiedMs = this.#clock.now();
    this.#store.transaction(() => {
      this.require(upload.bucket, upload.key, upload.id);
      const replaced = this.#statements.getPart.get(upload.id, number);
      const { id, size } = segment;
      this.#statements.putPart.run(upload.id, number, etag, size, id, checksum ?? null, modifiedMs);
      if (replaced !== undefined) this.#removeAfterCommit([toPart(replaced).segment]);
    });
    return { number, etag, segment, checksum, modifiedMs };
  }

  parts(id: string): Part[] {
    return this.#statements.parts.all(id).map((row) => toPart(row));
  }

  /** Ends an upload; the bodies of its parts are removed, but for those that live on in an object. */
  end(id: string, kept: ReadonlySet<string> = new Set()): void {
    this.#store.transaction(() => {
      const segments = this.parts(id).map((part) => part.segment);
      this.#statements.delete.run(id);
      this.#removeAfterCommit(segments.filter((segment) => !kept.has(segment.id)));
    });
  }

  /** The names of all bodies in use. */
  *bodyIds(): Generator<string, void, undefined> {
    for (const row of this.#statements.bodies.iterate()) yield z.object({ body: z.string() }).parse(row).body;
  }

  #removeAfterCommit(segments: readonly Segment[]): void {
    this.#store.afterCommit(() => this.#bodies.remove(segments));
  }
}

function toUpload(row: unknown): Upload {
  const { id, bucket, key, started_ms, description, checksum_algorithm, checksum_type } = UploadRowSchema.parse(row);
  return {
    id,
    bucket,
    key,
    startedMs: started_ms,
    description: DescriptionSchema.parse(JSON.parse(description)),
    checksum:
      checksum_algorithm === null || checksum_type === null
        ? undefined
        : { algorithm: checksum_algorithm, type: checksum_type },
  };
}

function toPart(row: unknown): Part {
  const { number, etag, size, body, checksum, modified_ms } = PartRowSchema.parse(row);
  return { number, etag, segment: { id: body, size }, checksum: checksum ?? undefined, modifiedMs: modified_ms };
}

export function invalidPart(number: number): AwsError {
  return new AwsError(
    'InvalidPart',
    400,
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    { PartNumber: String(number) },
  );
}
