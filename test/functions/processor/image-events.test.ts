import { afterAll, beforeAll, expect, test } from 'vitest';
import { ImageCompletedSchema, type ImageCompleted, type OutgoingEvent } from '../../../shared/core/events.ts';
import { picture, textFile } from '../../builders/images.ts';
import { openProcessorStage, type ProcessorStage } from '../../builders/processor-stage.ts';

let stage: ProcessorStage;
beforeAll(async () => {
  stage = await openProcessorStage();
});
afterAll(() => stage.dispose());

/** Takes events as long as it is up. */
class Recorder {
  readonly details: ImageCompleted[] = [];
  up = true;

  async send(events: readonly OutgoingEvent[]): Promise<void> {
    if (!this.up) throw new Error('EventBridge cannot be reached');
    for (const { type, detail } of events)
      if (type === 'Fanlight Image Completed') this.details.push(ImageCompletedSchema.parse(JSON.parse(detail)));
  }
}

async function shardOfThree(name: string) {
  const stray = await stage.put(`${name}/README`, textFile);
  return stage.shardOf([
    await stage.put(`${name}/a.jpg`, await picture()),
    await stage.put(`${name}/text.jpg`, textFile),
    { ...stray, claimed: false },
  ]);
}

test('each image of a job is announced when its outcome is durable', async () => {
  const imageEvents = new Recorder();
  const shard = await shardOfThree('announced');
  await stage.deliver(shard, { processor: { imageEvents } });
  const [a, text, stray] = shard.sources.map(({ ordinal }) => `${shard.job}/0/${ordinal}`);
  const common = { v: 1, job: shard.job, route: 'in/', bucket: 'results' };
  const [good] = await stage
    .outcomes(shard.job ?? '')
    .then((all) => all.filter(({ status }) => status === 'succeeded'));
  expect(good?.renditions).toHaveLength(1);
  expect(new Set(imageEvents.details)).toEqual(
    new Set([
      { ...common, id: a, source: 'announced/a.jpg', status: 'succeeded', renditions: good?.renditions },
      {
        ...common,
        id: text,
        source: 'announced/text.jpg',
        status: 'failed',
        code: 'UNSUPPORTED_FORMAT',
        renditions: [],
      },
      { ...common, id: stray, source: 'announced/README', status: 'skipped', reason: 'not-an-image', renditions: [] },
    ]),
  );
});

test('single uploads are announced too', async () => {
  const imageEvents = new Recorder();
  const { job: _, ...shard } = stage.shardOf([await stage.put('single/a.jpg', await picture())]);
  await stage.deliver(shard, { processor: { imageEvents } });
  const [source] = shard.sources;
  expect(imageEvents.details).toMatchObject([{ id: `${shard.shard}/${source?.ordinal}`, status: 'succeeded' }]);
  expect(imageEvents.details[0]).not.toHaveProperty('job');
});

test('what could not be announced is announced by a redelivery, under the same ids', async () => {
  const imageEvents = new Recorder();
  const shard = await shardOfThree('again');
  imageEvents.up = false;
  const returned = { batchItemFailures: [{ itemIdentifier: 'message-1' }] };
  expect(await stage.deliver(shard, { processor: { imageEvents } })).toEqual(returned);
  imageEvents.up = true;
  for (const receiveCount of [2, 3]) await stage.deliver(shard, { receiveCount, processor: { imageEvents } });
  expect(imageEvents.details).toHaveLength(6);
  expect(new Set(imageEvents.details.map(({ id }) => id)).size).toBe(3);
  expect(await stage.receipts(shard.job ?? '')).toHaveLength(1);
});
