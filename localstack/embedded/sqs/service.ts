import type { Faults } from '../faults/faults.ts';
import { textMember } from '../json-service.ts';
import type { JsonApi } from '../json-service.ts';
import { sqsActions } from './actions.ts';
import { queryCode, unsupportedOperation } from './errors.ts';
import type { Queues } from './queues.ts';
import { queueNameOf, SqsRequest } from './request.ts';

interface SqsOptions {
  readonly queues: Queues;
  readonly faults: Faults;
  readonly accountId: string;
  readonly region: string;
}

/** SQS as an API of AWS JSON 1.0. */
export function sqsApi({ queues, faults, accountId, region }: SqsOptions): JsonApi {
  return {
    service: 'sqs',
    targetPrefix: 'AmazonSQS.',
    contentType: 'application/x-amz-json-1.0',
    errorType: (code) => `com.amazonaws.sqs#${code}`,
    errorHeaders: ({ code, status }) => ({
      'x-amzn-query-error': `${queryCode(code)};${status < 500 ? 'Sender' : 'Receiver'}`,
    }),
    targetOf: (input) => queueNameOf(textMember(input, 'QueueUrl')),
    act: (request) => {
      const action = sqsActions.get(request.action);
      if (action === undefined) throw unsupportedOperation(`The SQS action ${request.action}`);
      return action(new SqsRequest({ ...request, accountId, region, faults }), queues);
    },
  };
}
