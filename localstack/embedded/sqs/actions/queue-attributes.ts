import { z } from 'zod';
import { sqsError } from '../errors.ts';
import type { SqsAction } from '../request.ts';
import { QueueUrlSchema } from './shapes.ts';

const GetInputSchema = QueueUrlSchema.extend({ AttributeNames: z.array(z.string()).nullish() });

const mayBeAbsent: ReadonlySet<string> = new Set([
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'Policy',
  'RedriveAllowPolicy',
  'RedrivePolicy',
]);

export const getQueueAttributes: SqsAction = (request, queues) => {
  const { QueueUrl, AttributeNames } = request.input(GetInputSchema);
  const { arn } = request.queue(QueueUrl, 'sqs:GetQueueAttributes', queues);
  const all = queues.attributes(arn);
  const names = AttributeNames ?? [];
  const unknown = names.find((name) => name !== 'All' && all[name] === undefined && !mayBeAbsent.has(name));
  if (unknown !== undefined) throw sqsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
  const wanted = Object.entries(all).filter(([name]) => names.includes('All') || names.includes(name));
  return wanted.length === 0 ? {} : { Attributes: Object.fromEntries(wanted) };
};

const SetInputSchema = QueueUrlSchema.extend({ Attributes: z.record(z.string(), z.string()) });

export const setQueueAttributes: SqsAction = (request, queues) => {
  const { QueueUrl, Attributes } = request.input(SetInputSchema);
  const { arn } = request.queue(QueueUrl, 'sqs:SetQueueAttributes', queues);
  queues.setAttributes(arn, Attributes);
};
