import { GetObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import type { FaultRule } from '../../../localstack/embedded/faults/fault-plan.ts';
import { outage } from '../../../localstack/embedded/faults/profiles.ts';
import { faultyEndpoint } from '../../builders/faulty-endpoint.ts';

const BODY = 'x'.repeat(10_000);
const get = new GetObjectCommand({ Bucket: 'photos', Key: 'a' });

describe('a request of a function', () => {
  test.each<[kind: FaultRule['kind'], error: object, stored: string]>([
    ['internal-error', { name: 'InternalError', $metadata: { httpStatusCode: 500 } }, 'before'],
    ['slow-down', { name: 'SlowDown', $metadata: { httpStatusCode: 503 } }, 'before'],
    ['connection-reset', { code: 'ECONNRESET' }, 'before'],
    ['response-lost', { code: 'ECONNRESET' }, 'after'],
  ])('%s', async (kind, error, stored) => {
    const { faults, limited, owner, setRules } = await faultyEndpoint();
    setRules({ kind, rate: 1 });
    await owner.put('a', 'before');
    await expect(limited.put('a', 'after')).rejects.toMatchObject(error);
    expect(await owner.text('a')).toBe(stored);
    expect(faults.injected).toEqual([{ kind, what: 'PutObject', count: 1 }]);
  });

  test.each([
    ['internal-error', { name: 'InternalError' }, 0],
    ['slow-down', { name: 'ServiceUnavailable' }, 0],
    ['connection-reset', { code: 'ECONNRESET' }, 0],
    ['response-lost', { code: 'ECONNRESET' }, 1],
  ] as const)('%s on SQS', async (kind, error, sent) => {
    const { limited, owner, setRules } = await faultyEndpoint();
    setRules({ kind, rate: 1 });
    const send = new SendMessageCommand({ QueueUrl: owner.queue.QueueUrl, MessageBody: 'x' });
    await expect(limited.sqs.send(send)).rejects.toMatchObject(error);
    expect(await owner.queue.receive()).toHaveLength(sent);
  });

  test('body-reset: an object breaks off', async () => {
    const { limited, owner, setRules } = await faultyEndpoint();
    await owner.put('a', BODY);
    setRules({ kind: 'body-reset', rate: 1 });
    const { Body, ContentLength } = await limited.s3.send(get);
    expect(ContentLength).toBe(BODY.length);
    await expect(Body?.transformToString()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await owner.text('a')).toBe(BODY);
  });

  test('short-body: an object is shorter than it is, and says so', async () => {
    const { faults, limited, owner, setRules } = await faultyEndpoint();
    await owner.put('a', BODY);
    setRules({ kind: 'short-body', rate: 1 });
    const { Body, ContentLength } = await limited.s3.send(get);
    expect(ContentLength).toBeLessThan(BODY.length);
    await expect(Body?.transformToString()).rejects.toThrow('Checksum mismatch');
    faults.clear();
    expect(await limited.text('a')).toBe(BODY);
  });

  test('latency: comes late by the clock', async () => {
    const { clock, faults, limited, setRules } = await faultyEndpoint();
    setRules({ kind: 'latency', rate: 1, maxMs: 86_400_000 });
    let isDone = false;
    const put = limited.put('a').then(() => (isDone = true));
    await expect.poll(() => faults.injected.length).toBe(1);
    expect(isDone).toBe(false);
    clock.advance(86_400_000);
    await put;
  });

  test('outage: one service answers 503 from a time to another', async () => {
    const { clock, faults, limited, owner } = await faultyEndpoint();
    faults.set(outage({ s3: true, fromMs: 60_000, toMs: 660_000 }));
    await limited.put('before');
    clock.advance(60_000);
    for (const seconds of [0, 599]) {
      clock.advance(seconds * 1000);
      await expect(limited.put('during')).rejects.toMatchObject({ name: 'ServiceUnavailable' });
    }
    await limited.sqs.send(new SendMessageCommand({ QueueUrl: owner.queue.QueueUrl, MessageBody: 'x' }));
    await owner.put('of the owner');
    expect(faults.injected).toEqual([{ kind: 'outage', what: 'PutObject', count: 2 }]);
    clock.advance(1000);
    await limited.put('after');
  });
});

describe('rules', () => {
  test('strike only what they name, and no more often than their limit', async () => {
    const { faults, limited, setRules } = await faultyEndpoint();
    setRules({ kind: 'slow-down', rate: 1, only: 'PutObject photos/a', limit: 2 });
    await limited.put('b');
    await expect(limited.put('a/1')).rejects.toMatchObject({ name: 'SlowDown' });
    await expect(limited.put('a/2')).rejects.toMatchObject({ name: 'SlowDown' });
    await limited.put('a/3');
    await limited.text('a/3');
    expect(faults.injected).toEqual([{ kind: 'slow-down', what: 'PutObject', count: 2 }]);
  });

  test('the first that fits decides; cleared, none does, and the record stays', async () => {
    const { faults, limited, setRules } = await faultyEndpoint();
    setRules({ kind: 'slow-down', rate: 0, only: 'photos/spared' }, { kind: 'slow-down', rate: 1 });
    await limited.put('spared');
    await expect(limited.put('a')).rejects.toMatchObject({ name: 'SlowDown' });
    faults.clear();
    await limited.put('a');
    expect(faults.injected).toHaveLength(1);
    setRules();
    expect(faults.injected).toEqual([]);
  });

  test.each([-0.1, 1.1, Number.NaN])('a rate of %s is refused', async (rate) => {
    const { setRules } = await faultyEndpoint();
    expect(() => setRules({ kind: 'latency', rate })).toThrow(RangeError);
  });
});
