import { z } from 'zod';
import { queueDoesNotExist } from '../errors.ts';
import type { SqsAction } from '../request.ts';

const MAX_RESULTS = 1000;

export const getQueueUrl: SqsAction = (request, queues) => {
  const { QueueName } = request.input(z.object({ QueueName: z.string() }));
  request.authorise('sqs:GetQueueUrl', QueueName);
  const queue = queues.byName(QueueName);
  if (queue === undefined) throw queueDoesNotExist();
  return { QueueUrl: queue.url };
};

const ListInputSchema = z.object({
  QueueNamePrefix: z.string().nullish(),
  MaxResults: z.number().int().min(1).max(MAX_RESULTS).nullish(),
  NextToken: z.string().nullish(),
});

/** Pages only when MaxResults is given, as SQS does; the token is the name that the page before ended with. */
export const listQueues: SqsAction = (request, queues) => {
  const { QueueNamePrefix, MaxResults, NextToken } = request.input(ListInputSchema);
  request.authorise('sqs:ListQueues', '*');
  const rest = queues
    .list()
    .filter((queue) => queue.name.startsWith(QueueNamePrefix ?? '') && queue.name > (NextToken ?? ''));
  const page = rest.slice(0, MaxResults ?? MAX_RESULTS);
  const more = MaxResults !== null && MaxResults !== undefined && rest.length > page.length;
  return {
    QueueUrls: page.length === 0 ? undefined : page.map((queue) => queue.url),
    NextToken: more ? page.at(-1)?.name : undefined,
  };
};
