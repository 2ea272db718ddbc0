import { AwsError } from '../aws-error.ts';

/**
 * Error shapes of the SQS API and the codes of its older query protocol, which SDKs show as `Code` (header
 * `x-amzn-query-error`): https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
 */
const queryCodes: Readonly<Record<string, string>> = {
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  BatchRequestTooLong: 'AWS.SimpleQueueService.BatchRequestTooLong',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  InvalidBatchEntryId: 'AWS.SimpleQueueService.InvalidBatchEntryId',
  MessageNotInflight: 'AWS.SimpleQueueService.MessageNotInflight',
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  UnsupportedOperation: 'AWS.SimpleQueueService.UnsupportedOperation',
};

export function queryCode(code: string): string {
  return queryCodes[code] ?? code;
}

export function sqsError(code: string, message: string): AwsError {
  return new AwsError(code, 400, message);
}

export function queueDoesNotExist(): AwsError {
  return sqsError('QueueDoesNotExist', 'The specified queue does not exist.');
}

export function invalidParameter(message: string): AwsError {
  return sqsError('InvalidParameterValue', message);
}

/** What the embedded stack leaves out (see scope.md). */
export function unsupportedOperation(what: string): AwsError {
  return new AwsError('UnsupportedOperation', 501, `${what} is not supported by the embedded stack`);
}
