export interface QueueConfiguration {
  readonly id?: string | undefined;
  readonly queueArn: string;
  /** `s3:ObjectCreated:*`, `s3:ObjectCreated:Put`, `s3:ObjectRemoved:*`, … */
  readonly events: readonly string[];
  readonly prefix?: string | undefined;
  readonly suffix?: string | undefined;
}

export interface NotificationConfiguration {
  readonly queueConfigurations: readonly QueueConfiguration[];
}
