import { limits } from '../limits.ts';
import { addUsage, scaleUsage, type Usage } from './usage.ts';

/** SQS bills payloads by this, https://aws.amazon.com/sqs/pricing/. */
const sqsUnitBytes = 65_536;
/** A source as JSON in a message: 210 bytes with a key of 24, which it holds twice. Longer keys are usual. */
const sourceBytes = 250;
/** A shard's message without its sources: mostly the recipe, 150 to 250 bytes for the built-in ones, a few thousand for long ones. */
const shardEnvelopeBytes = 1_500;
const sqsBatchEntries = 10;
/** Keys of one page of a listing, https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html. */
const listedPerRequest = 1_000;
/** Sent, received and deleted. A mapping receives up to ten messages at once when there are so many: not counted on. */
const smallMessage = 3;

/** Both have 1,024 MB, so that their seconds are GB-seconds; the time of both is guessed, and below 3 % of a job's price. */
const guessedSeconds = {
  /** Splitter: parse a listed key, predict its work, write it into plan and message. Collector: parse its outcome, write its line. */
  perImage: 0.0003 + 0.0001,
  /** Collector: GET and parse of a receipt, with 24 of them under way. */
  perReceipt: 0.01,
  /** Collector: GET and PUT of a status one after the other. */
  perNoticeBatch: 0.15,
  /** Splitter: a continuation's start, the last page, the last batches. Collector: its other requests, one after the other. */
  perPart: 1 + 0.5,
  /** Cold start and first requests of the splitter, then the same of the collector and the report. */
  perJob: 1 + 1.5,
} as const;

/** What a job is made of, as far as requests depend on it. */
export interface RequestCounts {
  readonly images: number;
  /** HEADs, of earlier renditions and of sources whose size the plan does not know. */
  readonly looks: number;
  /** Sources downloaded. */
  readonly reads: number;
  /** Renditions written. */
  readonly renditions: number;
  readonly shards: number;
  readonly receipts: number;
  /** Invocations of the collector for receipts, each with the notices that came together. */
  readonly noticeBatches: number;
  readonly parts: number;
  readonly jobs: number;
  /** Events per image, where the deployment asked for them. */
  readonly imageEvents: number;
}

/**
 * What each of them costs when nothing goes wrong, the processor's GB-seconds left out. Read from the functions' code; the test
 * counts the requests of splitter and collector at the endpoint.
 */
export const requestModel = {
  images: {
    s3Lists: 1 / listedPerRequest,
    // Its bytes in the shard's message, sent and received.
    sqsRequests: (2 * sourceBytes) / sqsUnitBytes,
    lambdaGbSeconds: guessedSeconds.perImage,
  },
  looks: { s3Gets: 1 },
  reads: { s3Gets: 1 },
  // No multipart uploads: a rendition is one PUT, whatever its size.
  renditions: { s3Puts: 1 },
  shards: {
    // Sent with nine others, received and deleted alone (batch size 1), and the bytes of its envelope twice.
    sqsRequests: 1 / sqsBatchEntries + 2 + (2 * shardEnvelopeBytes) / sqsUnitBytes,
    // One look for cancel.json (design 4.4).
    s3Gets: 1,
    lambdaInvocations: 1,
  },
  receipts: {
    s3Puts: 1,
    // When its part is folded.
    s3Gets: 1,
    // Its notice.
    sqsRequests: smallMessage,
    lambdaGbSeconds: guessedSeconds.perReceipt,
  },
  noticeBatches: {
    lambdaInvocations: 1,
    // cancel.json, and the part's status by If-Match.
    s3Gets: 1 + 1,
    s3Puts: 1,
    lambdaGbSeconds: guessedSeconds.perNoticeBatch,
  },
  parts: {
    // Plan; results, done.json, job status.
    s3Puts: 1 + 3,
    // Splitter: cancel.json, the plan that is not there yet, and a continuation's looks (report, job, seal, newest part twice, header
    // before it). Collector: header; job ended?, done.json, job status; job ended?, cancel.json, seal, report, job status; done.json for
    // the report.
    s3Gets: 2 + 6 + 1 + 3 + 5 + 1,
    // Receipts when there is no status yet, and for the fold.
    s3Lists: 1 + limits.maxShardsPerPart / listedPerRequest,
    // A last batch that is not full, and at most one continuation.
    sqsRequests: 1 + smallMessage,
    lambdaInvocations: 1,
    lambdaGbSeconds: guessedSeconds.perPart,
  },
  jobs: {
    // Manifest; job.json, marker, pointer; seal; report.json, report.html, terminal status, cancel.json. Removing the marker is free.
    s3Puts: 1 + 3 + 1 + 4,
    // Splitter: manifest, report, seal, newest part. Collector on the seal's check: job ended?, cancel.json, seal, report, job status. At the
    // end: job, status.
    s3Gets: 4 + 5 + 2,
    // Is the output prefix empty? The last page of the sources, which is not full.
    s3Lists: 1 + 1,
    // S3's notification and the check.
    sqsRequests: 2 * smallMessage,
    lambdaInvocations: 2,
    lambdaGbSeconds: guessedSeconds.perJob,
    // Job completed.
    events: 1,
  },
  imageEvents: { events: 1 },
} as const satisfies Record<keyof RequestCounts, Partial<Usage>>;

/** Linear in every count. The processor's GB-seconds are not in it. */
export function usageOfCounts(counts: RequestCounts): Usage {
  return addUsage(
    scaleUsage(requestModel.images, counts.images),
    scaleUsage(requestModel.looks, counts.looks),
    scaleUsage(requestModel.reads, counts.reads),
    scaleUsage(requestModel.renditions, counts.renditions),
    scaleUsage(requestModel.shards, counts.shards),
    scaleUsage(requestModel.receipts, counts.receipts),
    scaleUsage(requestModel.noticeBatches, counts.noticeBatches),
    scaleUsage(requestModel.parts, counts.parts),
    scaleUsage(requestModel.jobs, counts.jobs),
    scaleUsage(requestModel.imageEvents, counts.imageEvents),
  );
}

/** Renditions whose list fits into one object's metadata, so that one HEAD tells of all: 26 with names as `w1920.avif` (rendition-tag.ts). */
const renditionsPerLook = 25;

/** HEADs by which a processor looks for one image's earlier renditions. */
export function earlierLooksPerImage(renditionsPerImage: number): number {
  return Math.ceil(renditionsPerImage / renditionsPerLook);
}

/** The receipts mapping: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const noticesPerBatch = 100;
const noticeWindowMs = 1_000;

/**
 * Batches in which the notices of a job reach the collector: one a window, as long as processors are at work, but no more than
 * there are notices, and no fewer than full ones. A guess for small jobs, whose notices come one by one while the pollers warm up.
 *
 * @param processorMs of all invocations together
 */
export function noticeBatches(receipts: number, processorMs: number, maxConcurrency: number): number {
  const windows = processorMs / maxConcurrency / noticeWindowMs;
  return Math.min(receipts, Math.max(receipts / noticesPerBatch, windows) + maxConcurrency);
}
