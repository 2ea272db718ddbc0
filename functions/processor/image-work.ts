import type { S3Client } from '@aws-sdk/client-s3';
import type { Outcome, RenditionResult } from '../../shared/core/outcome.ts';
import type { Shard } from '../../shared/core/shard.ts';
import type { MemberReader } from './members/member-reader.ts';
import type { PlannedRendition } from './planned-rendition.ts';
import type { Pool } from './pool/pool.ts';
import type { Scratch } from './scratch.ts';
import type { UrlFetcher } from './url/fetch-url.ts';

/** What all images of one delivery share. */
export interface ImageWork {
  readonly s3: S3Client;
  readonly resultsBucket: string;
  readonly pool: Pool;
  readonly scratch: Scratch;
  readonly members: MemberReader;
  /** Absent where the deployment names no hosts. */
  readonly fetchUrl: UrlFetcher | undefined;
  readonly shard: Shard;
  readonly plan: (sourceName: string, sourceVersion: string) => PlannedRendition[];
  /** Receives of this message, this one included. */
  readonly receiveCount: number;
  readonly imageTimeoutMs: number;
  /** Aborts when the invocation is about to end. */
  readonly signal: AbortSignal;
}

/** What became of an image, and what it cost; no cost is zero. */
export type CostedOutcome = Pick<Outcome, 'status' | 'reason' | 'error' | 'input'> & {
  readonly renditions?: RenditionResult[];
  /** What the images themselves weigh: of a member of an archive unpacked, not what was transferred or stored. */
  readonly bytesIn?: number;
  readonly bytesOut?: number;
  readonly computeMs?: number;
  /** For its turn in an archive, and for a worker to be free. */
  readonly waitedMs?: number;
};
