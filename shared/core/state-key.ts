import { shortHash } from './hash.ts';

/**
 * Keys of the pipeline's own state in the results bucket (design 4.3). Numbers are zero-padded so that a LIST returns
 * them in order: 6 digits hold 10⁶ parts, that is 10¹⁰ images at 10,000 images a part.
 */
export const statePrefix = '_fanlight/';
export const jobsPrefix = `${statePrefix}jobs/`;
export const activePrefix = `${statePrefix}active/`;

const padded = (value: number, digits: number): string => String(value).padStart(digits, '0');

const jobPrefix = (job: string): string => `${jobsPrefix}${job}/`;
const partPrefix = (job: string, part: number): string => `${jobPrefix(job)}parts/${padded(part, 6)}/`;

/** A shard's id within its part, `0000` to `0999`. */
export const shardId = (index: number): string => padded(index, 4);

export const stateKey = {
  /** Found by what an uploader knows: bucket, key and ETag, which PutObject answers in quotes and the event without. */
  uploadPointer: (bucket: string, key: string, etag: string) =>
    `${statePrefix}uploads/${shortHash(bucket, key, etag.replaceAll('"', ''))}.json`,
  active: (job: string) => `${activePrefix}${job}`,
  job: (job: string) => `${jobPrefix(job)}job.json`,
  seal: (job: string) => `${jobPrefix(job)}seal.json`,
  /** Boundaries of the key ranges in which the source of this number is listed. */
  ranges: (job: string, source: number) => `${jobPrefix(job)}ranges/${padded(source, 6)}.json`,
  /** Hashes of the names that the parts before this one hold. */
  names: (job: string, part: number) => `${jobPrefix(job)}names/${padded(part, 6)}`,
  /** Unpacked members of the compressed tar that is the source of this number. */
  scratch: (job: string, source: number, index: number) =>
    `${statePrefix}scratch/${job}/${padded(source, 6)}/${padded(index, 6)}`,
  cancel: (job: string) => `${jobPrefix(job)}cancel.json`,
  jobStatus: (job: string) => `${jobPrefix(job)}status.json`,
  reportJson: (job: string) => `${jobPrefix(job)}report.json`,
  reportHtml: (job: string) => `${jobPrefix(job)}report.html`,
  plan: (job: string, part: number) => `${partPrefix(job, part)}plan.jsonl`,
  partStatus: (job: string, part: number) => `${partPrefix(job, part)}status.json`,
  results: (job: string, part: number) => `${partPrefix(job, part)}results.jsonl`,
  done: (job: string, part: number) => `${partPrefix(job, part)}done.json`,
  receipts: (job: string, part: number) => `${partPrefix(job, part)}receipts/`,
  shardReceipts: (job: string, part: number, shard: string) => `${partPrefix(job, part)}receipts/${shard}/`,
  resents: (job: string, part: number) => `${partPrefix(job, part)}resent/`,
  resent: (job: string, part: number, shard: string, n: number) => `${partPrefix(job, part)}resent/${shard}.${n}`,
  /** Prefix of the receipts of one shard of single images. */
  dailyShard: (route: string, isoDate: string, shard: string) =>
    `${statePrefix}daily/${encodeURIComponent(route)}/${isoDate}/${shard}-`,
  daily: (route: string, isoDate: string, name: string) =>
    `${statePrefix}daily/${encodeURIComponent(route)}/${isoDate}/${name}.json`,
} as const;

/**
 * A receipt's name below its part: range and content hash are in it, because two deliveries of one shard may finish
 * different ordinals and neither may overwrite the other (field note 42c).
 */
export function receiptName(shard: string, first: number, last: number, contentHash: string): string {
  return `${shard}/${padded(first, 6)}-${padded(last, 6)}-${contentHash}`;
}
