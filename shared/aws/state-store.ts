import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { z } from 'zod';
import { FanlightError } from '../core/errors.ts';
import { parseDocument } from '../core/parse-document.ts';
import { isConditionalConflict, isMissing, isPreconditionFailed } from './aws-error.ts';

/** A stored document and the ETag that a conditional replacement names. */
export interface StoredText {
  readonly text: string;
  readonly etag: string;
  readonly modifiedMs: number;
}

/** A stored document, parsed. */
export interface StoredDocument<Document> {
  readonly document: Document;
  readonly etag: string;
  readonly modifiedMs: number;
}

/** A key of a listing. */
export interface StoredKey {
  readonly key: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly modifiedMs: number;
}

/** Two conditional writers at once answer 409 ConditionalRequestConflict (S3 user guide, "conditional writes"): the loser tries again. */
const maxConflicts = 5;

/** The pipeline's state in one bucket: small documents, written once or replaced by ETag. */
export class StateStore {
  readonly bucket: string;
  readonly #s3: S3Client;

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.bucket = bucket;
  }

  /**
   * Undefined when the key does not exist.
   *
   * @param range of an HTTP Range header; all of the document when absent
   */
  async read(key: string, range?: string): Promise<StoredText | undefined> {
    try {
      const { Body, ETag, LastModified } = await this.#s3.send(
        new GetObjectCommand({ Bucket: this.bucket, Key: key, ...(range === undefined ? {} : { Range: range }) }),
      );
      const text = (await Body?.transformToString()) ?? '';
      return { text, etag: ETag ?? '', modifiedMs: LastModified?.getTime() ?? 0 };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Undefined when the key does not exist. */
  async readBytes(key: string): Promise<Uint8Array | undefined> {
    try {
      const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /**
   * Reads a JSON document of ours. Undefined when the key does not exist.
   *
   * @throws FanlightError INTERNAL with key and version when it is none that this version knows
   */
  async readDocument<Schema extends z.ZodType>(
    key: string,
    schema: Schema,
  ): Promise<StoredDocument<z.infer<Schema>> | undefined> {
    const stored = await this.read(key);
    if (stored === undefined) return undefined;
    const { text, ...rest } = stored;
    return { document: parseDocument(schema, text, key), ...rest };
  }

  async exists(key: string): Promise<boolean> {
    try {
      await this.#s3.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key }));
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /** Writes if the key does not exist. False when it does: then the stored document is the truth. */
  async create(key: string, content: string | Uint8Array, contentType = 'application/json'): Promise<boolean> {
    return this.#conditionalPut({ Key: key, Body: content, ContentType: contentType, IfNoneMatch: '*' });
  }

  /**
   * Writes if the key does not exist.
   *
   * @returns what is stored now: this text, or the one that was there before, which is the truth
   */
  async createOrAdopt(key: string, text: string, contentType?: string): Promise<string> {
    if (await this.create(key, text, contentType)) return text;
    const stored = await this.read(key);
    if (stored === undefined) throw new FanlightError('INTERNAL', `${key} was deleted`);
    return stored.text;
  }

  /** {@link createOrAdopt} for a JSON document. */
  async createOrAdoptDocument<Schema extends z.ZodType>(
    key: string,
    schema: Schema,
    document: z.infer<Schema>,
  ): Promise<z.infer<Schema>> {
    const text = JSON.stringify(document);
    const stored = await this.createOrAdopt(key, text);
    return stored === text ? document : parseDocument(schema, stored, key);
  }

  /** Replaces exactly the version read before. False when another writer came first: read and decide anew. */
  async replace(key: string, text: string, etag: string): Promise<boolean> {
    return this.#conditionalPut({ Key: key, Body: text, ContentType: 'application/json', IfMatch: etag });
  }

  /** Writes unconditionally: only for documents whose content any writer would make the same. */
  async write(key: string, text: string, contentType = 'application/json'): Promise<void> {
    await this.#s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: text, ContentType: contentType }));
  }

  /** Deletes the key, whether it exists or not. */
  async remove(key: string): Promise<void> {
    await this.#s3.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key }));
  }

  /** All keys below a prefix in S3's order (UTF-8 bytes), page by page as they are consumed. */
  async *list(prefix: string): AsyncGenerator<StoredKey> {
    let token: string | undefined;
    do {
      const page = await this.#s3.send(
        new ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefix, ContinuationToken: token }),
      );
      for (const { Key, Size, ETag, LastModified } of page.Contents ?? [])
        if (Key !== undefined)
          yield { key: Key, sizeBytes: Size ?? 0, etag: ETag ?? '', modifiedMs: LastModified?.getTime() ?? 0 };
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  /** What follows a prefix up to the next slash, in the keys that have one: the folders there, as people call them. */
  async *folders(prefix: string): AsyncGenerator<string> {
    let token: string | undefined;
    do {
      const page = await this.#s3.send(
        new ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefix, Delimiter: '/', ContinuationToken: token }),
      );
      for (const folder of page.CommonPrefixes ?? [])
        if (folder.Prefix !== undefined) yield folder.Prefix.slice(prefix.length, -1);
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  /** True when no key has the prefix; one LIST request. */
  async isEmpty(prefix: string): Promise<boolean> {
    const page = await this.#s3.send(new ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefix, MaxKeys: 1 }));
    return (page.KeyCount ?? 0) === 0;
  }

  async #conditionalPut(input: {
    Key: string;
    Body: string | Uint8Array;
    ContentType: string;
    IfNoneMatch?: '*';
    IfMatch?: string;
  }): Promise<boolean> {
    for (let conflicts = 0; ; conflicts++) {
      try {
        await this.#s3.send(new PutObjectCommand({ Bucket: this.bucket, ...input }));
        return true;
      } catch (error) {
        if (isPreconditionFailed(error)) return false;
        if (!isConditionalConflict(error) || conflicts === maxConflicts) throw error;
      }
    }
  }
}
