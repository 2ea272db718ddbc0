/** Everything that can be made to go wrong, and how each is called when it is told of. */
export const faultKinds = {
  'internal-error': 'answered 500, nothing done',
  'slow-down': 'answered 503, nothing done',
  'connection-reset': 'connection reset, nothing done',
  'response-lost': 'done, but the connection reset before the answer',
  latency: 'answered late',
  'body-reset': 'connection reset in the middle of an object',
  'short-body': 'object cut short, Content-Length too',
  'entry-failed': 'entry of a batch listed in Failed, not sent',
  'entry-unreported': 'entry of a batch in neither list, sent or not',
  'message-duplicated': 'message delivered twice',
  'message-late': 'message overtaken by later ones',
  'message-lost': 'message accepted and lost',
  'notification-duplicated': 'bucket notification delivered twice',
  'notification-late': 'bucket notification late',
  'notification-lost': 'bucket notification lost',
  'killed-before': 'environment killed before it got its invocation',
  'killed-during': 'environment killed at one of its requests',
  'killed-after': 'environment killed after its work, before its response',
  'worker-killed': 'child process of an environment killed at one of its requests',
  outage: 'answered 503 during an outage',
} as const;

export type FaultKind = keyof typeof faultKinds;

/** How often one kind of fault strikes what. */
export interface FaultRule {
  readonly kind: Exclude<FaultKind, 'outage'>;
  /** Probability, 0 to 1. */
  readonly rate: number;
  /**
   * Only what has this text in its name: `GetObject <bucket>/<key>` for a request to S3, `SendMessageBatch <queue>` for one
   * to SQS, `PutEvents default`, the queue's name for a message, `<bucket>/<key>` for a notification, the function's
   * logical id for its environments. Of several rules of one kind the first whose text fits decides.
   */
  readonly only?: string;
  /** Strikes no more often; default: no bound. */
  readonly limit?: number;
  /** The longest delay, of the stack's clock, of what comes late or again; default 50 for latency, else 3,000. */
  readonly maxMs?: number;
}

/** Services that answer 503 to every function, from and to so long after the plan was set, by the stack's clock. */
export interface Outage {
  readonly s3?: boolean;
  readonly sqs?: boolean;
  readonly events?: boolean;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * What goes wrong on a stack. Only the functions meet it: requests that others sign are left alone.
 *
 * Each decision follows from the seed, the kind, the name of what it is about (long hexadecimal runs, such as job ids,
 * left out) and how often that name came up before; not from the order of unrelated things. So two runs of the same work
 * with one seed decide alike about "the second GetObject of album/7.jpg" or "the fifth invocation of the collector". What a
 * seed does not fix: which of two concurrent deliveries is the fifth, how many requests retries and polling add, and how far
 * a killed process had come. It reproduces the kind and density of trouble and nearly always its places, not the interleaving.
 */
export interface FaultPlan {
  readonly seed: number;
  readonly rules: readonly FaultRule[];
  readonly outages?: readonly Outage[];
  /**
   * Whether a kill may be the last of the deliveries after which a message goes to its dead-letter queue. Default false: then
   * deaths never change an outcome, because no message is given up on for them.
   */
  readonly deadLetters?: boolean;
}

/** Throws RangeError for a rate that is no probability. */
export function requireValid({ rules }: FaultPlan): void {
  for (const { kind, rate } of rules) {
    if (!(rate >= 0 && rate <= 1)) throw new RangeError(`the rate of ${kind} must be 0 to 1 (given ${rate})`);
  }
}
