import { CfnOutput, CfnParameter, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import type { IStackSynthesizer } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ImageFanout } from './image-fanout.ts';
import type { ImageFanoutProps, RouteProps } from './image-fanout-props.ts';

/** Where the command line puts its manifests, and their sources: no route has `runs/`, so a source starts nothing itself. */
const manifestsPrefix = 'jobs/';
const sourcesPrefix = 'runs/';

const routes: readonly RouteProps[] = [
  { prefix: 'images/', recipe: 'web' },
  { prefix: 'thumbnails/', recipe: 'thumbnail' },
  { prefix: 'drops/', recipe: 'thumbnail', accept: ['archive', 'manifest'] },
  { prefix: manifestsPrefix, recipe: 'thumbnail', accept: ['manifest'] },
];

/** The stack that `cdk deploy` and the command line use; the same template runs on the embedded stack. */
export class FanlightStack extends Stack {
  constructor(scope: Construct, id: string, props: Omit<ImageFanoutProps, 'routes' | 'urlHosts'> = {}) {
    super(scope, id, {
      description: 'Fanlight: a serverless fan-out pipeline for images',
      synthesizer: withoutBootstrapRule(),
      analyticsReporting: false, // its resource brings conditions into the template
    });
    const urlHosts = new CfnParameter(this, 'UrlHosts', {
      default: '',
      description: 'Hosts whose https URLs a manifest may name, joined by commas; none when empty',
    });
    const images = new ImageFanout(this, 'Images', { ...props, routes, urlHosts: [urlHosts.valueAsString] });

    this.output('UploadsBucketName', images.uploadsBucket.bucketName);
    this.output('ResultsBucketName', images.resultsBucket.bucketName);
    this.output('UploadsQueueUrl', images.queues.uploads.queueUrl);
    this.output('ShardsQueueUrl', images.queues.shards.queueUrl);
    this.output('ReceiptsQueueUrl', images.queues.receipts.queueUrl);
    this.output('RescueQueueUrl', images.queues.rescue.queueUrl);
    this.output('ManifestsPrefix', manifestsPrefix);
    this.output('SourcesPrefix', sourcesPrefix);
  }

  private output(name: string, value: string): CfnOutput {
    return new CfnOutput(this, name, { value });
  }
}

/** The rule needs intrinsics that the embedded stack does not have; the CDK's command line checks the bootstrap version itself. */
function withoutBootstrapRule(): IStackSynthesizer {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- aws-cdk-lib's classes do not fit its interfaces under exactOptionalPropertyTypes
  return new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }) as IStackSynthesizer;
}
