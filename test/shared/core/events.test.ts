import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  eventSource,
  eventTypes,
  ImageCompletedSchema,
  imagesCompleted,
  JobCompletedSchema,
} from '../../../shared/core/events.ts';
import { outcomeOf, receiptOf } from '../../builders/protocol.ts';

const EventSchema = z.strictObject({
  version: z.literal('0'),
  id: z.uuid(),
  source: z.literal(eventSource),
  account: z.string(),
  time: z.iso.datetime(),
  region: z.string(),
  resources: z.array(z.string().startsWith('arn:aws:s3:::')).length(1),
  'detail-type': z.enum(eventTypes),
  detail: z.looseObject({}),
});
const schemas = {
  [eventTypes.jobCompleted]: JobCompletedSchema,
  [eventTypes.imageCompleted]: ImageCompletedSchema,
};

const page = readFileSync(new URL('../../../docs/events.md', import.meta.url), 'utf8');

test('the examples of docs/events.md are events of ours, one of each type', () => {
  const examples = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, json = '']) =>
    EventSchema.parse(JSON.parse(json)),
  );
  expect(examples.map((event) => event['detail-type'])).toEqual(Object.values(eventTypes));
  for (const event of examples) schemas[event['detail-type']].parse(event.detail);
});

test('docs/events.md explains every member of the details', () => {
  const [, ...sections] = page.split('\n## ');
  expect(sections).toHaveLength(2);
  for (const section of sections) {
    const [type = ''] = section.split('\n', 1);
    const explained = [...section.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name);
    const schema = schemas[z.enum(eventTypes).parse(type)];
    expect(explained).toEqual(Object.keys(schema.shape).filter((name) => name !== 'v'));
  }
});

test('the event of an image fits into a request, whatever its keys are like', () => {
  const renditions = Array.from({ length: 64 }, (_, index) => ({
    name: `w${index}`,
    key: '\u0001'.repeat(1_000) + index,
    format: 'webp',
    width: 10,
    height: 10,
    bytes: 10,
  }));
  const [event] = imagesCompleted(receiptOf([{ ...outcomeOf(0), renditions }]), 'results');
  const detail = event?.detail ?? '';
  expect(Buffer.byteLength(detail)).toBeLessThan(256 * 1024);
  const listed = ImageCompletedSchema.parse(JSON.parse(detail)).renditions;
  expect(listed).toEqual(renditions.slice(0, listed.length));
  expect(listed.length).toBeGreaterThan(20);
});
