import { AwsError } from '../aws-error.ts';
import type { JsonApi } from '../json-service.ts';
import type { EventBus } from './event-bus.ts';
import { putEvents } from './put-events.ts';

/** EventBridge as an API of AWS JSON 1.1: PutEvents on the default bus. */
export function eventsApi(bus: EventBus): JsonApi {
  return {
    service: 'events',
    targetPrefix: 'AWSEvents.',
    contentType: 'application/x-amz-json-1.1',
    errorType: (code) => code,
    errorHeaders: () => ({}),
    targetOf: () => 'default',
    act: (request) => {
      if (request.action === 'PutEvents') return putEvents(request, bus);
      throw new AwsError(
        'UnknownOperationException',
        501,
        `The EventBridge action ${request.action} is not supported by the embedded stack`,
      );
    },
  };
}
