import { z } from 'zod';
import { notImplemented } from '../errors.ts';
import type { NotificationConfiguration, QueueConfiguration } from '../notifications.ts';
import { receiveDocument } from '../payload.ts';
import { xmlResponse } from '../request.ts';
import type { S3Action } from '../services.ts';
import { oneOrMore, parseXml } from '../xml.ts';
import type { XmlElement } from '../xml.ts';

const FilterRuleSchema = z.object({ Name: z.string().transform((name) => name.toLowerCase()), Value: z.string() });

const QueueConfigurationSchema = z.object({
  Id: z.string().optional(),
  Queue: z.string(),
  Event: oneOrMore(z.string()),
  Filter: z
    .union([
      z.literal('').transform(() => undefined),
      z.object({ S3Key: z.object({ FilterRule: oneOrMore(FilterRuleSchema).optional() }).optional() }),
    ])
    .optional(),
});

const DocumentSchema = z.object({
  NotificationConfiguration: z.union([
    z.literal('').transform(() => ({ QueueConfiguration: [], others: [] })),
    z
      .looseObject({ QueueConfiguration: oneOrMore(QueueConfigurationSchema).optional() })
      .transform(({ QueueConfiguration = [], ...rest }) => ({
        QueueConfiguration,
        others: Object.keys(rest).filter((name) => name !== '#text'),
      })),
  ]),
});

export const getBucketNotification: S3Action = (request, { buckets }) => {
  request.authoriseBucket('s3:GetBucketNotification');
  const { queueConfigurations } = buckets.notifications(request.bucket);
  return xmlResponse(
    'NotificationConfiguration',
    queueConfigurations.map((configuration) => ['QueueConfiguration', toXml(configuration)]),
  );
};

export const putBucketNotification: S3Action = async (request, { buckets }) => {
  request.authoriseBucket('s3:PutBucketNotification');
  buckets.require(request.bucket);
  const document = parseXml(await receiveDocument(request), DocumentSchema).NotificationConfiguration;
  const [other] = document.others;
  if (other !== undefined) throw notImplemented(`Notification by ${other}`);
  const configuration: NotificationConfiguration = {
    queueConfigurations: document.QueueConfiguration.map((xml, i) => fromXml(xml, i)),
  };
  const skip = request.header('x-amz-skip-destination-validation')?.toLowerCase() === 'true';
  buckets.setNotifications(request.bucket, configuration, skip);
  return { status: 200 };
};

function fromXml(xml: z.infer<typeof QueueConfigurationSchema>, index: number): QueueConfiguration {
  const rules = xml.Filter?.S3Key?.FilterRule ?? [];
  const value = (name: string): string | undefined => rules.find((rule) => rule.Name === name)?.Value;
  return {
    id: xml.Id ?? `notification-${index + 1}`,
    queueArn: xml.Queue,
    events: xml.Event,
    prefix: value('prefix'),
    suffix: value('suffix'),
  };
}

function toXml({ id, queueArn, events, prefix, suffix }: QueueConfiguration): XmlElement[] {
  const rules = Object.entries({ Prefix: prefix, Suffix: suffix }).flatMap(([name, value]): XmlElement[] =>
    value === undefined
      ? []
      : [
          [
            'FilterRule',
            [
              ['Name', name],
              ['Value', value],
            ],
          ],
        ],
  );
  return [
    ['Id', id],
    ['Queue', queueArn],
    ...events.map((event): XmlElement => ['Event', event]),
    ['Filter', rules.length === 0 ? undefined : [['S3Key', rules]]],
  ];
}
