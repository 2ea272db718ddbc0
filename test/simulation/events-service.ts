import { EventBridgeServiceException, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import type { Fate, Request } from './invocation.ts';
import type { World } from './world.ts';

function unavailable(): EventBridgeServiceException {
  const metadata = { httpStatusCode: 503 };
  return new EventBridgeServiceException({
    name: 'InternalException',
    message: '',
    $fault: 'server',
    $metadata: metadata,
  });
}

/** Under the fate `partial` every second entry is accepted. */
function putEvents(world: World, entries: readonly PutEventsRequestEntry[], fate: Fate): object {
  if (fate === 'refused') throw unavailable();
  if (entries.length === 0 || entries.length > 10) throw new Error(`${entries.length} entries in a request`);
  const isAccepted = (index: number): boolean => fate !== 'partial' || index % 2 === 1;
  const answers = entries.map(({ DetailType = '', Detail = '' }, index) => {
    if (!isAccepted(index)) return { ErrorCode: 'InternalFailure' };
    world.events.push({ type: DetailType, detail: Detail });
    return { EventId: `event-${world.unique()}` };
  });
  if (fate === 'unanswered') throw unavailable();
  return { FailedEntryCount: answers.filter(({ EventId }) => EventId === undefined).length, Entries: answers };
}

export function readEventsCommand(world: World, command: unknown): Request {
  if (!(command instanceof PutEventsCommand)) throw new Error('the simulated EventBridge does not know this command');
  const { Entries = [] } = command.input;
  return {
    about: { action: 'PutEvents', resource: 'events', access: 'send' },
    perform: (fate) => putEvents(world, Entries, fate),
  };
}
