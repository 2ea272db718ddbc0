import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { eventSource, type EventSender, type OutgoingEvent } from '../core/events.ts';
import { requestTimeouts } from './clients.ts';
import { sendBatches } from './send-batches.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const batchLimits = {
  maxEntries: 10,
  maxBytes: 262_144,
  bytesOf: ({ Source = '', DetailType = '', Detail = '', Resources = [] }: PutEventsRequestEntry) =>
    [Source, DetailType, Detail, ...Resources].reduce((sum, text) => sum + Buffer.byteLength(text), 0),
};

/** The account's default event bus. */
export class EventBus implements EventSender {
  readonly #client: EventBridgeClient;
  readonly #resource: string;

  /** @param resource ARN of the results bucket: by it a rule tells one deployment from another */
  constructor(client: EventBridgeClient, resource: string) {
    this.#client = client;
    this.#resource = resource;
  }

  /**
   * Returns when EventBridge has accepted each event; what it did not is sent again. In no order.
   *
   * @throws FanlightError INTERNAL (transient) when some events are refused five times; errors of the SDK
   */
  async send(events: readonly OutgoingEvent[]): Promise<void> {
    const entries = events.map(({ type, detail }) => ({
      Source: eventSource,
      DetailType: type,
      Resources: [this.#resource],
      Detail: detail,
    }));
    await sendBatches(entries, batchLimits, async (batch) => {
      const { Entries = [] } = await this.#client.send(new PutEventsCommand({ Entries: [...batch] }));
      return (index) => Entries[index]?.EventId !== undefined;
    });
  }
}

/** Region, credentials and endpoint come from the environment, as everywhere on Lambda. */
export function createEventBus(resource: string): EventBus {
  return new EventBus(new EventBridgeClient({ maxAttempts: 4, requestHandler: requestTimeouts }), resource);
}
