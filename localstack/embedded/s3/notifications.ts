import { z } from 'zod';
import { invalidArgument } from './errors.ts';

const QueueConfigurationSchema = z.object({
  id: z.string().optional(),
  queueArn: z.string(),
  /** `s3:ObjectCreated:*`, `s3:ObjectCreated:Put`, `s3:ObjectRemoved:*`, … */
  events: z.array(z.string()).readonly(),
  prefix: z.string().optional(),
  suffix: z.string().optional(),
});

/** A bucket's notifications; queues are the only destination here. */
export const NotificationConfigurationSchema = z.object({
  queueConfigurations: z.array(QueueConfigurationSchema).readonly(),
});

export type QueueConfiguration = Readonly<z.infer<typeof QueueConfigurationSchema>>;
export type NotificationConfiguration = Readonly<z.infer<typeof NotificationConfigurationSchema>>;

export type ObjectEventName =
  'ObjectCreated:Put' | 'ObjectCreated:Copy' | 'ObjectCreated:CompleteMultipartUpload' | 'ObjectRemoved:Delete';

const supportedEvents: ReadonlySet<string> = new Set([
  's3:ObjectCreated:*',
  's3:ObjectCreated:Put',
  's3:ObjectCreated:Post',
  's3:ObjectCreated:Copy',
  's3:ObjectCreated:CompleteMultipartUpload',
  's3:ObjectRemoved:*',
  's3:ObjectRemoved:Delete',
  's3:ObjectRemoved:DeleteMarkerCreated',
]);

export function wantsEvent(configuration: QueueConfiguration, event: ObjectEventName, key: string): boolean {
  return (
    configuration.events.some((pattern) => eventMatches(pattern, `s3:${event}`)) &&
    key.startsWith(configuration.prefix ?? '') &&
    key.endsWith(configuration.suffix ?? '')
  );
}

function eventMatches(pattern: string, event: string): boolean {
  return pattern.endsWith('*') ? event.startsWith(pattern.slice(0, -1)) : pattern === event;
}

/** Throws InvalidArgument for unknown events and for rules that overlap, as S3 does. */
export function validateNotifications({ queueConfigurations }: NotificationConfiguration): void {
  for (const event of queueConfigurations.flatMap((configuration) => configuration.events)) {
    if (!supportedEvents.has(event))
      throw invalidArgument('The event is not supported for notifications', 'Event', event);
  }
  queueConfigurations.forEach((one, i) => {
    for (const other of queueConfigurations.slice(i + 1)) {
      if (overlap(one, other)) {
        throw invalidArgument(
          'Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are ' +
            'overlapping for the same event type.',
          'QueueConfiguration',
          `${one.id ?? one.queueArn}, ${other.id ?? other.queueArn}`,
        );
      }
    }
  });
}

function overlap(one: QueueConfiguration, other: QueueConfiguration): boolean {
  const events = one.events.some((a) => other.events.some((b) => eventMatches(a, b) || eventMatches(b, a)));
  const { prefix: prefixA = '', suffix: suffixA = '' } = one;
  const { prefix: prefixB = '', suffix: suffixB = '' } = other;
  return (
    events &&
    (prefixA.startsWith(prefixB) || prefixB.startsWith(prefixA)) &&
    (suffixA.endsWith(suffixB) || suffixB.endsWith(suffixA))
  );
}
