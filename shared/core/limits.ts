/** Hard bounds of the protocol. What a deployment may configure has its default in the construct instead. */
export const limits = {
  /** Shards of one part; the collector folds a part in one invocation (design 3). */
  maxShardsPerPart: 1_000,
  /**
   * Images of one part: what an invocation of five seconds plans and sends. More would only save the part's own requests, which cost
   * 0.1 % of the PUTs of 10,000 renditions.
   */
  maxImagesPerPart: 10_000,
  /** Parts of one job: their numbers have six digits. */
  maxParts: 1_000_000,
  /** Bytes of one part's plan, about: bounds the memory of whoever plans or reads one, whatever keys and recipe are like. */
  maxPartBytes: 33_554_432,
  /** Images of one shard, whatever they weigh. */
  maxImagesPerShard: 500,
  /** Bytes of one SQS message, and of one batch of ten: 1 MiB since August 2025. */
  maxMessageBytes: 1_048_576,
  /** What the planner fills of a message; the rest is room for attributes and for a copy's larger counters. */
  maxShardBytes: 900_000,
  /** Bytes of one notice (design 4.4): a batch of 100 stays far below the 6 MB invocation payload. */
  maxNoticeBytes: 8_192,
  /** Messages above this hop count are refused; AWS's own loop detection is off for splitter, processor and rescuer. */
  maxHops: 100,
  /** Deliveries of a shard before it goes to the rescue queue: its maxReceiveCount. */
  shardDeliveries: 3,
  /** Deliveries that tried an image without an outcome; after that it failed. */
  maxAttempts: 20,
  /** Of a job, from its upload on. */
  minDeadlineMs: 60_000,
  maxDeadlineMs: 30 * 86_400_000,
  /** Times the sweeper may resend one shard. */
  maxResends: 3,
  /** Bytes of one manifest document; longer lists belong into a prefix or list source. */
  maxManifestBytes: 16_777_216,
  /** Bytes of one source image. */
  maxImageBytes: 536_870_912,
  /** Bytes of a list's line, or of a record of a CSV: a URI of a key of 1,024 bytes, percent-encoded, with a few other columns. */
  maxListLineBytes: 16_384,
  /** Lines of one list, and of all files of one inventory. */
  maxListLines: 1_000_000_000,
  /** Entries of one archive. */
  maxArchiveEntries: 5_000_000,
  /** An archive may expand to so many times its own bytes, or to `freeExpandedBytes` if that is more. */
  maxArchiveRatio: 100,
  freeExpandedBytes: 1_073_741_824,
  /** Bytes of a member's name; longer ones have no place in an output key. */
  maxMemberNameBytes: 1_024,
  /** Bytes of a tar.gz or tar.zst, which is read in one pass that cannot be resumed. */
  maxCompressedTarBytes: 536_870_912,
  /** An S3 key holds at most 1,024 bytes of UTF-8. */
  maxKeyBytes: 1_024,
  /** Failures that a notice, a status and a report list; all are in the results. */
  maxFailuresInNotice: 5,
  maxFailuresInReport: 100,
} as const;
