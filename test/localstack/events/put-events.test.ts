import { EventBridgeClient, PutEventsCommand, PutRuleCommand } from '@aws-sdk/client-eventbridge';
import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { functionResources } from '../../builders/mini-assembly.ts';
import { openTestStack, ownerConfig, payloadOf, until } from '../../builders/test-stack.ts';
import type { TestStack } from '../../builders/test-stack.ts';
import { textLike } from '../../builders/text-like.ts';
import { z } from 'zod';

const arn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const rule = (EventPattern: object, ...targets: object[]) => ({
  Type: 'AWS::Events::Rule',
  Properties: { EventPattern, Targets: targets.map((target, index) => ({ Id: `Target${index}`, ...target })) },
});

const listener = `export const handler = async (event) => console.log('EVENT ' + JSON.stringify(event));`;
const sender = `
  import { EventBridgeClient, PutEventsCommand } from '${import.meta.resolve('@aws-sdk/client-eventbridge')}';
  const events = new EventBridgeClient();
  export const handler = async (entry) => {
    try { return await events.send(new PutEventsCommand({ Entries: [entry] })); } catch ({ name }) { return { name }; }
  };`;
const mayPut = {
  Effect: 'Allow',
  Action: 'events:PutEvents',
  Resource: { 'Fn::Sub': 'arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/default' },
  Condition: { StringEquals: { 'events:source': 'pipeline' } },
};

let opened: TestStack;
let events: EventBridgeClient;
beforeAll(async () => {
  opened = await openTestStack({
    bundles: { Listener: listener, Sender: sender },
    resources: {
      ...functionResources('Listener'),
      ...functionResources('Sender', { Timeout: 10 }, [mayPut]),
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'all' } },
      Details: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'details' } },
      Ended: rule(
        { source: ['pipeline'], 'detail-type': ['Job Ended'] },
        { Arn: arn('Queue') },
        { Arn: arn('Listener') },
      ),
      Failed: rule({ detail: { state: ['failed'] } }, { Arn: arn('Details'), InputPath: '$.detail.job' }),
      Told: rule({ source: ['told'] }, { Arn: arn('Details'), Input: '{"constant":1}' }),
    },
    outputs: { Queue: arn('Queue'), Details: arn('Details') },
  });
  events = new EventBridgeClient(ownerConfig(opened.stack.url));
});
afterAll(async () => {
  events.destroy();
  await opened.dispose();
});
beforeEach(() => {
  for (const output of ['Queue', 'Details']) opened.stack.endpoint.queues.purge(opened.stack.outputs[output] ?? '');
});

const put = async (...Entries: PutEventsRequestEntry[]) => events.send(new PutEventsCommand({ Entries }));
const entry = (changes: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  Source: 'pipeline',
  DetailType: 'Job Ended',
  Detail: '{"job":"7","state":"succeeded"}',
  ...changes,
});

async function bodies(output: string): Promise<string[]> {
  const messages = await opened.stack.endpoint.queues.receive(opened.stack.outputs[output] ?? '', {
    max: 10,
    waitMs: 0,
  });
  return messages.map(({ body }) => body);
}

describe('delivery', () => {
  test('the whole event goes to queue and function', async () => {
    const time = new Date('2026-05-04T03:02:01.999Z');
    const { Entries, FailedEntryCount } = await put(entry({ Resources: ['arn:r'], Time: time }));
    expect(FailedEntryCount).toBe(0);
    const event = {
      version: '0',
      id: Entries?.[0]?.EventId,
      'detail-type': 'Job Ended',
      source: 'pipeline',
      account: '000000000000',
      time: '2026-05-04T03:02:01Z',
      region: 'us-east-1',
      resources: ['arn:r'],
      detail: { job: '7', state: 'succeeded' },
    };
    expect((await bodies('Queue')).map((body): unknown => JSON.parse(body))).toEqual([event]);
    const lines = await until(
      () => opened.lines.filter((line) => line.startsWith('EVENT ')),
      (found) => found.length === 1,
    );
    expect(JSON.parse(lines[0]?.slice('EVENT '.length) ?? '')).toEqual(event);
  });

  test('only to the rules that match; a part of it, or a constant, where a target wants that', async () => {
    await put(
      entry({ Source: 'other', Detail: '{"job":"8","state":"failed"}' }),
      entry({ Source: 'told' }),
      entry({ Source: 'nobody' }),
    );
    expect(await bodies('Queue')).toEqual([]);
    expect(await bodies('Details')).toEqual(['"8"', '{"constant":1}']);
  });

  test('the time is now when none is given', async () => {
    await put(entry());
    const [body = ''] = await bodies('Queue');
    expect(JSON.parse(body)).toMatchObject({ time: textLike(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/), resources: [] });
  });
});

describe('refusals', () => {
  test('each entry for itself, in its place', async () => {
    const { Entries, FailedEntryCount } = await put(
      entry({ Source: '' }),
      entry(),
      entry({ DetailType: undefined }),
      entry({ Detail: '[1]' }),
      entry({ Detail: 'no json' }),
      entry({ EventBusName: 'custom' }),
      entry({ EventBusName: 'arn:aws:events:us-east-1:000000000000:event-bus/default' }),
    );
    expect(FailedEntryCount).toBe(5);
    expect(Entries?.map(({ ErrorCode, EventId }) => ErrorCode ?? typeof EventId)).toEqual([
      'InvalidArgument',
      'string',
      'InvalidArgument',
      'MalformedDetail',
      'MalformedDetail',
      'ResourceNotFoundException',
      'string',
    ]);
    expect(await bodies('Queue')).toHaveLength(2);
  });

  test('more than 10 entries, or more than 256 KB, as a whole', async () => {
    const refused = { name: 'ValidationException', $metadata: { httpStatusCode: 400 } };
    await expect(put(...Array.from({ length: 11 }, () => entry()))).rejects.toMatchObject(refused);
    const Detail = JSON.stringify({ text: 'x'.repeat(131_072) });
    await expect(put(entry({ Detail }), entry({ Detail }))).rejects.toMatchObject(refused);
    await put(entry({ Detail }));
    expect(await bodies('Queue')).toHaveLength(1);
  });

  test('other actions', async () => {
    await expect(events.send(new PutRuleCommand({ Name: 'x' }))).rejects.toThrow('PutRule is not supported');
  });
});

test('a function puts what its policies allow; requests are counted', async () => {
  const before = opened.stack.endpoint.requestCounts()['PutEvents'] ?? 0;
  const answers = await Promise.all(
    [entry(), entry({ Source: 'somebody else' })].map(async (given) =>
      payloadOf(await opened.stack.invoke('Sender', given), z.looseObject({})),
    ),
  );
  expect(answers).toMatchObject([{ FailedEntryCount: 0 }, { name: 'AccessDenied' }]);
  expect(opened.stack.endpoint.requestCounts()['PutEvents']).toBe(before + 2);
});
