import { expect, test } from 'vitest';
import { z } from 'zod';
import { EventBus } from '../../../shared/aws/event-bus.ts';
import { eventTypes, type OutgoingEvent } from '../../../shared/core/events.ts';
import type { Endpoint } from '../../../localstack/embedded/endpoint.ts';
import { parseEventPattern } from '../../../localstack/embedded/events/event-pattern.ts';
import { embeddedEndpoint } from '../../builders/embedded-endpoint.ts';

const resource = 'arn:aws:s3:::results';

function numbered(count: number, bytes = 10): OutgoingEvent[] {
  return Array.from({ length: count }, (_, n) => ({
    type: eventTypes.imageCompleted,
    detail: JSON.stringify({ n, padding: ' '.repeat(bytes) }),
  }));
}

const EventSchema = z.object({ detail: z.object({ n: z.number() }) });

/** Details of the events that the bus hands on from now on. */
function numbersOn(endpoint: Endpoint): number[] {
  const numbers: number[] = [];
  endpoint.eventBus.addRule({
    pattern: parseEventPattern({
      source: ['fanlight'],
      'detail-type': ['Fanlight Image Completed'],
      resources: [resource],
    }),
    targets: [(event) => void numbers.push(EventSchema.parse(event).detail.n)],
  });
  return numbers;
}

const PutEventsSchema = z.object({ Entries: z.array(z.object({ Detail: z.string() })) });

/** EventBridge refuses some entries of each request, in their places. */
function refuseSome(endpoint: Endpoint, refused: (index: number) => boolean): void {
  endpoint.use((req, res) => {
    if (req.headers['x-amz-target'] !== 'AWSEvents.PutEvents') return false;
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const { Entries } = PutEventsSchema.parse(JSON.parse(Buffer.concat(chunks).toString()));
      const answers = Entries.map(({ Detail }, index) => {
        if (refused(index)) return { ErrorCode: 'InternalFailure', ErrorMessage: 'try again' };
        const detail = z.record(z.string(), z.unknown()).parse(JSON.parse(Detail));
        const event = { source: 'fanlight', detailType: eventTypes.imageCompleted, resources: [resource], detail };
        return { EventId: endpoint.eventBus.put({ ...event, timeMs: undefined }) };
      });
      const FailedEntryCount = answers.filter(({ ErrorCode }) => ErrorCode !== undefined).length;
      res.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      res.end(JSON.stringify({ FailedEntryCount, Entries: answers }));
    });
    return true;
  });
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

test('ten events a request, and no more than 256 KB', async () => {
  const { endpoint, eventBridge } = await embeddedEndpoint();
  const numbers = numbersOn(endpoint);
  const bus = new EventBus(eventBridge, resource);
  await bus.send([]);
  await bus.send(numbered(25));
  expect(endpoint.requestCounts()['PutEvents']).toBe(3);
  expect(numbers.toSorted((a, b) => a - b)).toEqual(range(25));
  await bus.send(numbered(3, 140_000));
  expect(endpoint.requestCounts()['PutEvents']).toBe(6);
});

test('what EventBridge refuses is sent again, until each event is accepted once', async () => {
  const { endpoint, eventBridge } = await embeddedEndpoint();
  const numbers = numbersOn(endpoint);
  refuseSome(endpoint, (index) => index > 3);
  await new EventBus(eventBridge, resource).send(numbered(24));
  expect(numbers.toSorted((a, b) => a - b)).toEqual(range(24));
});

test('events that stay refused are a transient error', async () => {
  const { endpoint, eventBridge } = await embeddedEndpoint();
  refuseSome(endpoint, () => true);
  const sent = new EventBus(eventBridge, resource).send(numbered(1));
  await expect(sent).rejects.toMatchObject({ code: 'INTERNAL', kind: 'transient' });
});
