import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Architecture } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { UploadKind } from '../shared/core/deployment.ts';
import type { FunctionBundles } from './bundling.ts';

/** What Fanlight needs of a source bucket: any `IBucket`, of this app or imported. */
export type SourceBucket = Pick<IBucket, 'bucketName' | 'bucketArn' | 'arnForObjects'>;

/** A deployment rule: what may be dropped below a prefix of the uploads bucket, and which recipe renders it. */
export interface RouteProps {
  /**
   * What the keys of this route start with. 1 to 512 characters of `A-Z a-z 0-9 ! - _ . ' ( ) /`, which S3 takes in a
   * notification filter as they are. Not within `renditions/` or `_fanlight/`, and not overlapping another route.
   */
  readonly prefix: string;
  /**
   * What the keys of this route end with, as `.jpg`. At most 128 characters, the same as in `prefix`.
   * @default - any ending
   */
  readonly suffix?: string;
  /** Name of a recipe: one of `recipes`, or a built-in one (`thumbnail`, `web`, `convert`). */
  readonly recipe: string;
  /**
   * What may be dropped here. Whoever may put an image must not thereby command the system, so archives and manifests are
   * accepted only where the route says so.
   * @default ['image']
   */
  readonly accept?: readonly UploadKind[];
  /**
   * Put before the source path in the keys of this route's renditions. At most 512 characters.
   * @default - nothing: `renditions/<source path>/<rendition>.<ext>`
   */
  readonly output?: { readonly prefix: string };
}

/** The function that renders, and how many of it. */
export interface ProcessorProps {
  /**
   * Megabytes of memory, 512 to 10240. Every 1769 MB bring one vCPU and one worker process.
   * @default 1769
   */
  readonly memorySize?: number | undefined;
  /**
   * How long one invocation may last, 5 seconds to 15 minutes. The shards queue's visibility timeout is six times this.
   * @default Duration.minutes(2)
   */
  readonly timeout?: Duration | undefined;
  /**
   * Most invocations at a time, 2 to 1000. One S3 prefix takes 3,500 PUTs a second: some 50 processors that make thumbnails.
   * @default 50
   */
  readonly maxConcurrency?: number | undefined;
  /**
   * Concurrency set aside for (and limiting) this function, at least `maxConcurrency`: the mapping's surplus would be
   * throttled, and a throttled message counts as received.
   * @default - none: it shares the account's concurrency
   */
  readonly reservedConcurrentExecutions?: number | undefined;
  /**
   * Megabytes of /tmp, 512 to 10240. Sources and renditions of the images under way lie there.
   * @default 2048
   */
  readonly ephemeralStorageSize?: number | undefined;
}

/** The functions that plan and keep the books: splitter, collector, rescuer and sweeper. */
export interface BookkeepingProps {
  /**
   * How long one invocation may last, 5 seconds to 4 minutes (a sweep ends before the next begins). The visibility timeouts of
   * their queues are six times this.
   * @default Duration.minutes(2)
   */
  readonly timeout?: Duration | undefined;
}

/** Bounds of one job. Planning ends before the part that would exceed one; what is planned by then is worked on. */
export interface BudgetProps {
  /**
   * Images of one job, 1 or more.
   * @default - unlimited
   */
  readonly imagesPerJob?: number;
  /**
   * US dollars of one job, above 0, at the list prices of us-east-1: predicted by the plan, and watched while it is worked on.
   * @default - unlimited
   */
  readonly usdPerJob?: number;
}

/** Properties of `ImageFanout`. All are optional. */
export interface ImageFanoutProps {
  /**
   * Buckets that a manifest may name as sources, beside the uploads bucket. Fanlight reads and lists them and never writes.
   * @default - none: a manifest may name objects of the uploads bucket only
   */
  readonly sourceBuckets?: readonly SourceBucket[];
  /**
   * Hosts whose https URLs a manifest may name: `images.example.com`, or `*.example.com` for all below it. Addresses that are not public
   * are refused whatever a host resolves to.
   * @default - none: URLs are refused
   */
  readonly urlHosts?: readonly string[];
  /**
   * Recipe documents by name, beside the built-in ones; each document's `name` is its name here.
   * @default - the built-in recipes: `thumbnail`, `web`, `convert`
   */
  readonly recipes?: Readonly<Record<string, unknown>>;
  /**
   * What is rendered on upload, 1 to 100 routes. Keys that no route names start nothing.
   * @default - one route: `images/` rendered by `web`
   */
  readonly routes?: readonly RouteProps[];
  /**
   * Seconds of one vCPU that the images of one shard are predicted to take, 1 to 60. Fewer: the first renditions come sooner, and a death
   * costs less; more: fewer messages, receipts and invocations. An image that takes longer is alone in its shard.
   * @default 10
   */
  readonly secondsPerShard?: number;
  /**
   * The most that any one job may come to; a manifest may ask for less.
   * @default - none
   */
  readonly budget?: BudgetProps;
  /**
   * Instruction set of all five functions.
   * @default Architecture.ARM_64
   */
  readonly architecture?: Architecture;
  /**
   * Size, time and number of the functions that render.
   * @default - see each property
   */
  readonly processor?: ProcessorProps;
  /**
   * Time limit of the other functions.
   * @default - see its property
   */
  readonly bookkeeping?: BookkeepingProps;
  /**
   * How long plans, receipts and reports are kept, whole days, 1 to 3650. Renditions are kept for ever.
   * @default Duration.days(90)
   */
  readonly stateRetention?: Duration;
  /**
   * What becomes of both buckets when the stack is deleted. CloudFormation deletes empty buckets only.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy.RETAIN | RemovalPolicy.DESTROY;
  /**
   * Ready bundles of the functions.
   * @default - bundled while synthesizing, with esbuild, no Docker
   */
  readonly bundles?: FunctionBundles;
}
