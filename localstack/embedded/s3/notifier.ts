import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Faults } from '../faults/faults.ts';
import { appearances } from '../faults/message-faults.ts';
import type { Queues } from '../sqs/queues.ts';
import { invalidArgument } from './errors.ts';
import type { NotificationConfiguration, ObjectEventName } from './notifications.ts';
import { wantsEvent } from './notifications.ts';
import { bucketArn } from './arn.ts';
import { formEncode } from './url-encoding.ts';

export interface ObjectEvent {
  readonly name: ObjectEventName;
  readonly bucket: string;
  readonly key: string;
  readonly sequencer: string;
  /** Absent for removals. */
  readonly created?: { readonly size: number; readonly etag: string } | undefined;
  readonly cause: EventCause;
}

/** The request that made the event. */
export interface EventCause {
  readonly requestId: string;
  readonly principalArn: string;
  /** X-Ray trace header of the request; it travels on with the message. */
  readonly traceHeader?: string | undefined;
}

/** Sends S3's event messages to queues. */
export class Notifier {
  readonly #queues: Queues;
  readonly #clock: Clock;
  readonly #accountId: string;
  readonly #region: string;
  readonly #faults: Faults;

  constructor(options: { queues: Queues; clock: Clock; accountId: string; region: string; faults: Faults }) {
    this.#queues = options.queues;
    this.#clock = options.clock;
    this.#accountId = options.accountId;
    this.#region = options.region;
    this.#faults = options.faults;
  }

  /** Throws unless every destination exists; then sends each the s3:TestEvent. */
  testDestinations(bucket: string, configuration: NotificationConfiguration): void {
    for (const { queueArn } of configuration.queueConfigurations) {
      if (this.#queues.byArn(queueArn) === undefined)
        throw invalidArgument(
          'Unable to validate the following destination configurations',
          queueArn,
          'The destination queue does not exist',
        );
      const event = {
        Service: 'Amazon S3',
        Event: 's3:TestEvent',
        Time: this.#isoTime(),
        Bucket: bucket,
        RequestId: randomBytes(8).toString('hex').toUpperCase(),
        HostId: hostId,
      };
      this.#queues.send(queueArn, { body: JSON.stringify(event) });
    }
  }

  /** Sends an event to every queue whose configuration asks for it; a queue that was deleted meanwhile gets none. */
  publish(configuration: NotificationConfiguration, event: ObjectEvent): void {
    for (const wanted of configuration.queueConfigurations) {
      if (wantsEvent(wanted, event.name, event.key) && this.#queues.byArn(wanted.queueArn) !== undefined) {
        const body = JSON.stringify({ Records: [this.#record(wanted.id ?? '', event)] });
        const subject = { what: event.name, name: `${event.bucket}/${event.key}` };
        const whenMs = appearances(this.#faults, 'notification', subject);
        this.#queues.send(wanted.queueArn, { body, traceHeader: event.cause.traceHeader }, whenMs);
      }
    }
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
  #record(configurationId: string, event: ObjectEvent): Record<string, unknown> {
    const { created, cause } = event;
    return {
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: this.#region,
      eventTime: this.#isoTime(),
      eventName: event.name,
      userIdentity: { principalId: `AWS:${cause.principalArn}` },
      requestParameters: { sourceIPAddress: '127.0.0.1' },
      responseElements: { 'x-amz-request-id': cause.requestId, 'x-amz-id-2': hostId },
      s3: {
        s3SchemaVersion: '1.0',
        configurationId,
        bucket: {
          name: event.bucket,
          ownerIdentity: { principalId: this.#accountId },
          arn: bucketArn(event.bucket),
        },
        object: {
          key: formEncode(event.key),
          ...(created === undefined ? {} : { size: created.size, eTag: created.etag }),
          sequencer: event.sequencer,
        },
      },
    };
  }

  #isoTime(): string {
    return new Date(this.#clock.now()).toISOString();
  }
}

/** `x-amz-id-2`; says which host served a request. */
export const hostId = 'ZmFubGlnaHQtZW1iZWRkZWQtczM=';
