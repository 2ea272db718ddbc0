import type { S3Client } from '@aws-sdk/client-s3';
import type { Entry, Verdict } from '../core/source.ts';

/** An archive in S3, pinned to one version. */
export interface ArchiveObject {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly key: string;
  /** Names the bytes in every GET. */
  readonly pin: { readonly VersionId: string } | { readonly IfMatch: string };
  readonly sizeBytes: number;
}

/**
 * A member of an archive that is to have an outcome: directories have none. What is wrong with one member alone is its verdict;
 * what makes the rest unreadable is thrown by whoever reads the archive.
 */
export interface Member {
  /** As the archive has it, decoded; `/`-separated. */
  readonly name: string;
  /** Bytes, unpacked, as the archive declares them. */
  readonly size: number;
  /** Absent where there is a verdict. */
  readonly entry?: Entry | undefined;
  readonly verdict?: Verdict | undefined;
  /** Where reading goes on after it: known to the reader of the format alone. */
  readonly after: string;
}
