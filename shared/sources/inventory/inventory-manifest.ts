import type { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { FanlightError } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import type { S3Location } from '../../core/manifest-sources.ts';
import { parseJson } from '../../core/parse-json.ts';
import { objectBytes } from '../list/object-bytes.ts';

const arnPrefix = /^arn:[a-z-]+:s3:::/;

// Loose: S3 may add fields. https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
const InventoryManifestSchema = z.looseObject({
  sourceBucket: z.string().min(1),
  destinationBucket: z.string().regex(arnPrefix, 'the ARN of a bucket expected'),
  fileFormat: z.literal('CSV', 'only CSV is read: configure the inventory for it instead of ORC or Parquet'),
  fileSchema: z.string(),
  files: z.array(z.looseObject({ key: z.string().min(1), size: z.int().nonnegative() })),
});

/** One of an inventory's files: gzip of CSV without a header. */
export interface InventoryFile extends S3Location {
  readonly sizeBytes: number;
}

export interface Inventory {
  /** Whose objects are listed. */
  readonly sourceBucket: string;
  /** Columns of the files by name, from 0. */
  readonly columns: ReadonlyMap<string, number>;
  readonly files: readonly InventoryFile[];
}

function invalid(message: string): FanlightError {
  return new FanlightError('INVALID_MANIFEST', message);
}

async function textOf(s3: S3Client, location: S3Location): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of objectBytes(s3, location, 0)) {
    length += chunk.length;
    if (length > limits.maxManifestBytes)
      throw invalid(`it is larger than ${limits.maxManifestBytes} bytes; manifest.json of an S3 Inventory expected`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** @throws FanlightError INVALID_MANIFEST when it is no manifest.json of an S3 Inventory in CSV */
export async function readInventoryManifest(s3: S3Client, location: S3Location): Promise<Inventory> {
  const parsed = InventoryManifestSchema.safeParse(parseJson(await textOf(s3, location)));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(
      ['manifest.json of an S3 Inventory expected', issue?.path.join('.'), issue?.message].filter(Boolean).join(': '),
    );
  }
  const { sourceBucket, destinationBucket, fileSchema, files } = parsed.data;
  const names = fileSchema.split(',').map((name) => name.trim());
  const columns = new Map(names.map((name, index) => [name, index]));
  if (!columns.has('Key')) throw invalid(`there is no column Key (there are ${names.slice(0, 20).join(', ')})`);
  const bucket = destinationBucket.replace(arnPrefix, '');
  return { sourceBucket, columns, files: files.map(({ key, size }) => ({ bucket, key, sizeBytes: size })) };
}
