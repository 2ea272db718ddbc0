import { expect, test } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { openControlPlane } from '../../builders/control-plane.ts';
import { planOf, submit } from '../../builders/jobs.ts';
import { shardsIn } from '../../builders/pretend-processor.ts';

test('names of characters that SQS takes only escaped fit into messages all the same', async () => {
  const plane = await openControlPlane();
  // Each takes 1 KB as it is and 2 KB escaped, and is in a message twice, as name and as key.
  const names = Array.from({ length: 420 }, (_, index) => `${'\uffff'.repeat(160)}${'\ufffe'.repeat(160)}${index}.jpg`);
  for (const name of names) await plane.upload(`runs/x/${name}`, 'x');
  // What is left out takes next to no time to record, so that bytes alone decide how many are in a shard.
  const jobId = await submit(plane, { sources: [{ prefix: 's3://uploads/runs/x/', exclude: ['**'] }] });
  expect(await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'))).toEqual([]);

  const messages = await plane.take('shards');
  expect(messages.filter(({ body }) => Buffer.byteLength(body) > limits.maxMessageBytes)).toEqual([]);
  const planned = (await planOf(plane, await jobId())).flatMap(({ shards }) => shards);
  expect(shardsIn(messages)).toEqual(expect.arrayContaining(planned));
  const sent = planned.flatMap(({ sources }) => sources.map(({ name }) => name));
  expect(sent.toSorted()).toEqual(names.toSorted());
});
