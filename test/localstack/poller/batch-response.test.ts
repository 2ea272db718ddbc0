import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { functionResources, mappingResource } from '../../builders/mini-assembly.ts';
import { openTestStack, until } from '../../builders/test-stack.ts';
import type { TestStack } from '../../builders/test-stack.ts';

/**
 * Answers as the first message's body says: `$0`, `$1` stand for message ids. Raw answers go past the runtime client.
 */
const code = `
  export const handler = async ({ Records }, { awsRequestId }) => {
    const { raw, response, crash } = JSON.parse(Records[0].body);
    if (crash === 'throw') throw new Error('thrown');
    if (crash === 'exit') process.exit(1);
    const text = (raw ?? JSON.stringify(response ?? null)).replace(/\\$(\\d)/g, (_, index) => Records[index].messageId);
    if (raw === undefined) return JSON.parse(text);
    const url = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/' + awsRequestId + '/response';
    await fetch(url, { method: 'POST', body: text });
  };`;

// Three messages make a batch, whether or not they are received together.
const mapping = { BatchSize: 3, MaximumBatchingWindowInSeconds: 300 };

let opened: TestStack;
beforeAll(async () => {
  opened = await openTestStack({
    bundles: { Fn: code },
    resources: {
      ...functionResources('Fn'),
      Queue: { Type: 'AWS::SQS::Queue' },
      Reporting: mappingResource('Queue', 'Fn', mapping),
      PlainQueue: { Type: 'AWS::SQS::Queue' },
      Plain: mappingResource('PlainQueue', 'Fn', { ...mapping, FunctionResponseTypes: [] }),
    },
    outputs: {
      Reporting: { 'Fn::GetAtt': ['Queue', 'Arn'] },
      Plain: { 'Fn::GetAtt': ['PlainQueue', 'Arn'] },
    },
  });
});
afterAll(async () => opened.dispose());

const arnOf = (output: 'Reporting' | 'Plain') => opened.stack.outputs[output] ?? '';
beforeEach(() => {
  opened.stack.endpoint.queues.purge(arnOf('Reporting'));
  opened.stack.endpoint.queues.purge(arnOf('Plain'));
});

/** How many of three messages are left when their batch has been worked on. */
async function leftAfter(output: 'Reporting' | 'Plain', script: object): Promise<number> {
  const { queues } = opened.stack.endpoint;
  const arn = arnOf(output);
  const endedBefore = endedInvocations();
  const Entries = ['a', 'b', 'c'].map((Id) => ({ Id, MessageBody: JSON.stringify(script) }));
  await opened.sqs.send(new SendMessageBatchCommand({ QueueUrl: queues.byArn(arn)?.url, Entries }));
  await until(endedInvocations, (ended) => ended > endedBefore);
  await new Promise(setImmediate); // the poller goes on once the result is there
  const { visible, inFlight } = queues.counts(arn);
  expect(visible).toBe(0);
  return inFlight;
}

const endedInvocations = () => opened.lines.filter((line) => line.startsWith('END ')).length;
const failures = (...items: unknown[]) => ({ batchItemFailures: items });

describe('with ReportBatchItemFailures', () => {
  test.each<[string, object]>([
    ['null', { response: null }],
    ['an empty object', { response: {} }],
    ['an object without the list', { response: { statusCode: 200 } }],
    ['an empty list', { response: failures() }],
    ['a list that is null', { response: { batchItemFailures: null } }],
    ['an empty text', { response: '' }],
    ['nothing at all', { raw: '' }],
  ])('%s: complete success', async (_what, script) => {
    expect(await leftAfter('Reporting', script)).toBe(0);
  });

  test.each<[string, object]>([
    ['an unknown id', { response: failures({ itemIdentifier: 'unknown' }) }],
    ['a known and an unknown id', { response: failures({ itemIdentifier: '$0' }, { itemIdentifier: 'unknown' }) }],
    ['an empty id', { response: failures({ itemIdentifier: '' }) }],
    ['an id that is null', { response: failures({ itemIdentifier: null }) }],
    ['an id under another key', { response: failures({ messageId: '$0' }) }],
    ['a list of bare ids', { response: failures('$0') }],
    ['a list that is none', { response: { batchItemFailures: '$0' } }],
    ['malformed JSON', { raw: '{"batchItemFailures": [' }],
    ['another text', { response: 'done' }],
    ['an error', { crash: 'throw' }],
    ['a crash', { crash: 'exit' }],
  ])('%s: complete failure', async (_what, script) => {
    expect(await leftAfter('Reporting', script)).toBe(3);
  });

  test.each<[string, object, number]>([
    ['one of three', { response: failures({ itemIdentifier: '$1' }) }, 1],
    ['two of three', { response: failures({ itemIdentifier: '$0' }, { itemIdentifier: '$2' }) }, 2],
    ['one of three, twice', { response: failures({ itemIdentifier: '$1' }, { itemIdentifier: '$1' }) }, 1],
  ])('%s: those stay', async (_what, script, left) => {
    expect(await leftAfter('Reporting', script)).toBe(left);
  });
});

describe('without ReportBatchItemFailures', () => {
  test.each<[string, object, number]>([
    ['null', { response: null }, 0],
    ['a list of failures, which is not looked at', { response: failures({ itemIdentifier: '$0' }) }, 0],
    ['malformed JSON', { raw: '{' }, 0],
    ['an error', { crash: 'throw' }, 3],
  ])('%s: %i left', async (_what, script, left) => {
    expect(await leftAfter('Plain', script)).toBe(left);
  });
});
