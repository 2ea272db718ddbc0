import { AwsError } from '../aws-error.ts';
import type { Faults } from '../faults/faults.ts';
import type { JsonApi } from '../json-service.ts';
import type { EventBus } from './event-bus.ts';
import { putEvents } from './put-events.ts';

/** EventBridge as an API of AWS JSON 1.1: PutEvents on the default bus. */
export function eventsApi(bus: EventBus, faults: Faults): JsonApi {
  return {
    service: 'events',
    targetPrefix: 'AWSEvents.',
    contentType: 'application/x-amz-json-1.1',
    errorType: (code) => code,
    errorHeaders: () => ({}),
    targetOf: () => 'default',
    act: (request) => {
      if (request.action === 'PutEvents') return putEvents(request, bus, faults);
      throw new AwsError(
        'UnknownOperationException',
        501,
        `The EventBridge action ${request.action} is not supported by the embedded stack`,
      );
    },
  };
}
