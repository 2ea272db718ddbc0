import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import type { Rule } from 'aws-cdk-lib/aws-events';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { eventTypes } from '../shared/core/events.ts';
import { createBuckets } from './buckets.ts';
import { bundleFunctions } from './bundling.ts';
import type { FunctionBundles } from './bundling.ts';
import { consume, schedule } from './consumers.ts';
import { resolveDeployment } from './deployment.ts';
import { environments } from './environment.ts';
import { eventRule, putEvents } from './events.ts';
import type { EventProps } from './events.ts';
import { createFunctions } from './functions.ts';
import type { Functions } from './functions.ts';
import type { ImageFanoutProps } from './image-fanout-props.ts';
import { addPermissions, permissions } from './permissions.ts';
import { createQueues } from './queues.ts';
import type { Queues } from './queues.ts';
import { notify } from './routes.ts';
import type { Target } from './sharp-closure.ts';
import { resolveSizes } from './validate.ts';

/**
 * Renditions of every image that is dropped into a bucket, one by one, as an archive or by a manifest. Two buckets, four queues with
 * their dead-letter queues, five functions; no custom resources.
 */
export class ImageFanout extends Construct {
  /** Where images, archives and manifests are dropped. */
  readonly uploadsBucket: Bucket;
  /** Renditions below `renditions/`, plans and reports below `_fanlight/`. */
  readonly resultsBucket: Bucket;
  readonly queues: Queues;
  readonly functions: Functions;

  /** @throws Error while synthesizing, for any property that could only fail later; the message ends in what was given. */
  constructor(scope: Construct, id: string, props: ImageFanoutProps = {}) {
    super(scope, id);
    const { architecture = Architecture.ARM_64, sourceBuckets = [], removalPolicy } = props;
    const sizes = resolveSizes(props);
    const deployment = resolveDeployment(props);
    const bundles = props.bundles ?? bundleForLambda(architecture);

    const buckets = createBuckets(this, { stateRetention: sizes.stateRetention, removalPolicy });
    const queues = createQueues(this, { processor: sizes.processorTimeout, bookkeeping: sizes.bookkeepingTimeout });
    const functions = createFunctions(this, {
      architecture,
      bundles,
      deployment,
      environments: environments(buckets, queues, sourceBuckets, sizes, architecture),
      sizes,
    });

    notify(buckets.uploads, queues.uploads, deployment.routes);
    consume(queues.uploads, functions.splitter, { batchSize: 10, maxConcurrency: 10 });
    consume(queues.shards, functions.processor, { batchSize: 1, maxConcurrency: sizes.processorMaxConcurrency });
    consume(queues.receipts, functions.collector, { batchSize: 100, window: Duration.seconds(1), maxConcurrency: 10 });
    consume(queues.rescue, functions.rescuer, { batchSize: 1, maxConcurrency: 10 });
    schedule(Duration.minutes(5), functions.sweeper);
    addPermissions(functions, permissions(buckets, queues, sourceBuckets));

    this.uploadsBucket = buckets.uploads;
    this.resultsBucket = buckets.results;
    this.queues = queues;
    this.functions = functions;
  }

  /** Sends `Fanlight Job Completed` to a target when a job has its report, at least once: see docs/events.md. */
  onJobCompleted(id: string, props: EventProps): Rule {
    return eventRule(this, id, eventTypes.jobCompleted, this.resultsBucket, props);
  }

  /**
   * Sends `Fanlight Image Completed` to a target for each image that has its outcome, at least once: see docs/events.md. Without a
   * call of this none are sent; EventBridge charges for each.
   */
  onImageCompleted(id: string, props: EventProps): Rule {
    const { processor } = this.functions;
    processor.addEnvironment('EVENT_RESOURCE', this.resultsBucket.bucketArn);
    processor.addToRolePolicy(putEvents(this));
    return eventRule(this, id, eventTypes.imageCompleted, this.resultsBucket, props);
  }

  /** Allows to put images, archives and manifests into the uploads bucket: what a route accepts there, the route decides. */
  grantSubmit(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
      resourceArns: [this.uploadsBucket.arnForObjects('*')],
    });
  }
}

/** Lambda's nodejs images are Amazon Linux: glibc. */
function bundleForLambda(architecture: Architecture): FunctionBundles {
  const outDirectory = mkdtempSync(join(tmpdir(), 'fanlight-bundles-'));
  process.once('exit', () => rmSync(outDirectory, { recursive: true, force: true }));
  const target: Target = { os: 'linux', cpu: architecture.name === 'arm64' ? 'arm64' : 'x64', libc: 'glibc' };
  return bundleFunctions({ outDirectory, target });
}
