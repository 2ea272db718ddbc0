import { expect, test } from 'vitest';
import { StateStore } from '../../../shared/aws/state-store.ts';
import { newestPart, readPart, readPartHeader } from '../../../shared/aws/stored-plan.ts';
import { PartFiller } from '../../../shared/core/part-filler.ts';
import { serializePart } from '../../../shared/core/plan.ts';
import { stateKey } from '../../../shared/core/state-key.ts';
import { embeddedEndpoint } from '../../builders/embedded-endpoint.ts';
import { templateOf } from '../../builders/plans.ts';
import { sourceOf } from '../../builders/protocol.ts';

test('the newest part is found from any part before it, in few requests', async () => {
  const { endpoint, s3 } = await embeddedEndpoint();
  endpoint.buckets.create('results');
  const store = new StateStore(s3, 'results');
  expect(await newestPart(store, 'job', 0)).toBeUndefined();
  for (let part = 0; part < 40; part++) {
    await store.write(stateKey.plan('job', part), '{}');
    for (const from of [0, Math.floor(part / 2), part]) expect(await newestPart(store, 'job', from)).toBe(part);
    expect(await newestPart(store, 'job', part + 1)).toBeUndefined();
  }
  const before = endpoint.requestCounts().HeadObject ?? 0;
  await newestPart(store, 'job', 0);
  expect((endpoint.requestCounts().HeadObject ?? 0) - before).toBeLessThan(15);
});

test('the header is read without the shards, however long keys make it', async () => {
  const { endpoint, s3 } = await embeddedEndpoint();
  endpoint.buckets.create('results');
  const store = new StateStore(s3, 'results');
  const key = '\u0001'.repeat(1_024);
  const filler = new PartFiller(templateOf());
  for (let index = 0; index < 300; index++) {
    const { ordinal: _, ...source } = sourceOf(0, { key, name: key });
    filler.take({ source, after: { source: 0, after: key } });
  }
  const error = { code: 'INTERNAL' as const, message: '\u0001'.repeat(500) };
  const part = filler.build({ source: 0, after: key }, undefined, { exhausted: false });
  const withError = { ...part, header: { ...part.header, error } };
  await store.write(stateKey.plan('job', 0), serializePart(withError));
  expect((await readPartHeader(store, 'job', 0))?.header).toEqual(withError.header);
  expect(await readPart(store, 'job', 0)).toMatchObject(withError);
  expect(await readPartHeader(store, 'job', 1)).toBeUndefined();
});
