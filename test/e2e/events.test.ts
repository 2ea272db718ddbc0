import { App, CfnOutput, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { bundleFunctions } from '../../infra/bundling.ts';
import { hostTarget } from '../../infra/host-target.ts';
import { ImageFanout } from '../../infra/image-fanout.ts';
import { ImageCompletedSchema, JobCompletedSchema } from '../../shared/core/events.ts';
import { picture, textFile } from '../builders/images.ts';
import { openPipeline, type PipelineStack } from '../builders/pipeline-stack.ts';
import { temporaryFolder } from '../builders/stub-functions.ts';
import { until } from '../builders/test-stack.ts';

/** Somebody's stack that wants to be told, as in design 4.7. */
function synthesize(folder: string): string {
  const bundles = bundleFunctions({ outDirectory: join(folder, 'bundles'), target: hostTarget() });
  const app = new App({ outdir: join(folder, 'assembly') });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- aws-cdk-lib's classes do not fit its interfaces under exactOptionalPropertyTypes
  const synthesizer = new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }) as Stack['synthesizer'];
  const stack = new Stack(app, 'Told', { synthesizer, analyticsReporting: false });
  const images = new ImageFanout(stack, 'Images', {
    bundles,
    routes: [
      { prefix: 'jobs/', recipe: 'thumbnail', accept: ['manifest'] },
      { prefix: 'single/', recipe: 'thumbnail' },
    ],
  });
  const jobs = new Queue(stack, 'JobEvents');
  const each = new Queue(stack, 'ImageEvents');
  images.onJobCompleted('Jobs', { target: new SqsQueue(jobs) });
  images.onImageCompleted('Each', { target: new SqsQueue(each) });
  const output = (name: string, value: string) => new CfnOutput(stack, name, { value });
  output('UploadsBucketName', images.uploadsBucket.bucketName);
  output('ResultsBucketName', images.resultsBucket.bucketName);
  output('JobEventsArn', jobs.queueArn);
  output('ImageEventsArn', each.queueArn);
  app.synth();
  return join(folder, 'assembly');
}

const folder = temporaryFolder();
let pipeline: PipelineStack;
beforeAll(async () => {
  pipeline = await openPipeline(synthesize(folder));
}, 60_000);
afterAll(async () => {
  await pipeline.close();
  rmSync(folder, { recursive: true });
});

const EventSchema = z.object({ detail: z.unknown() });

/** Waits for so many events on a queue; returns their details. */
async function details(output: string, count: number): Promise<unknown[]> {
  const { queues } = pipeline.stack.endpoint;
  const bodies: string[] = [];
  await until(
    async () => {
      const received = await queues.receive(pipeline.stack.outputs[output] ?? '', { max: 10, waitMs: 0 });
      return bodies.push(...received.map(({ body }) => body));
    },
    (found) => found >= count,
  );
  return bodies.map((body) => EventSchema.parse(JSON.parse(body)).detail);
}

test("events of jobs and images reach the queues of somebody's own stack", { timeout: 60_000 }, async () => {
  const job = await pipeline.submit({ 'a.jpg': await picture(), 'text.jpg': textFile });
  const report = await pipeline.jobs.waitForReport(job);
  expect(z.array(JobCompletedSchema).parse(await details('JobEventsArn', 1))).toMatchObject([
    { id: job, state: 'partial', images: report.images, report: { bucket: pipeline.resultsBucket } },
  ]);
  await pipeline.put('single/b.jpg', await picture({ seed: 2 }));
  const images = z.array(ImageCompletedSchema).parse(await details('ImageEventsArn', 3));
  const bySource = Object.fromEntries(
    images.map(({ source, code, renditions }) => [source, code ?? renditions[0]?.key]),
  );
  expect(bySource).toEqual({
    'a.jpg': 'renditions/a.jpg/thumbnail.webp',
    'text.jpg': 'UNSUPPORTED_FORMAT',
    'single/b.jpg': 'renditions/single/b.jpg/thumbnail.webp',
  });
});
