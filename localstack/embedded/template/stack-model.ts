import type { EventPattern } from '../events/event-pattern.ts';
import type { PolicyDocument } from '../iam/policy.ts';
import type { NotificationConfiguration } from '../s3/notifications.ts';

interface QueueModel {
  readonly name: string;
  readonly arn: string;
  /** As SetQueueAttributes takes them. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly visibilityTimeoutS: number;
}

interface BucketModel {
  readonly name: string;
  readonly notifications: NotificationConfiguration;
}

interface RoleModel {
  readonly name: string;
  readonly arn: string;
  /** Filled while the template is read: policies may follow their role. */
  readonly policies: PolicyDocument[];
}

export interface FunctionModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly role: RoleModel;
  /** The unpacked bundle. */
  readonly codeDir: string;
  /** `<module>.<export>` */
  readonly handler: string;
  /** 128 to 10,240. */
  readonly memorySizeMb: number;
  /** 1 to 900. */
  readonly timeoutS: number;
  readonly environment: Readonly<Record<string, string>>;
  /** undefined = the account's unreserved concurrency. */
  readonly reservedConcurrency: number | undefined;
  readonly recursiveLoop: 'Allow' | 'Terminate';
}

export interface EventSourceMappingModel {
  readonly logicalId: string;
  readonly queueArn: string;
  readonly functionName: string;
  readonly enabled: boolean;
  /** 1 to 10,000. */
  readonly batchSize: number;
  /** 0 to 300. */
  readonly windowS: number;
  readonly reportBatchItemFailures: boolean;
  /** 2 to 1,000; undefined = no bound of its own. */
  readonly maximumConcurrency: number | undefined;
}

export interface RuleTargetModel {
  /** Of a function or a queue. */
  readonly arn: string;
  /** Sent instead of the event. */
  readonly input?: string | undefined;
  /** `$`, or `$.name.name…`: the part of the event that is sent. */
  readonly inputPath?: string | undefined;
}

export interface ScheduleModel {
  readonly ruleArn: string;
  readonly periodMs: number;
  readonly targets: readonly RuleTargetModel[];
}

/** A rule for the events of the default bus. */
export interface EventRuleModel {
  readonly ruleArn: string;
  readonly pattern: EventPattern;
  readonly targets: readonly RuleTargetModel[];
}

/** Everything the embedded stack needs of a template, in an order in which it can be created. */
export interface StackModel {
  readonly stackName: string;
  readonly queues: QueueModel[];
  readonly buckets: BucketModel[];
  readonly roles: RoleModel[];
  readonly functions: FunctionModel[];
  readonly mappings: EventSourceMappingModel[];
  readonly schedules: ScheduleModel[];
  readonly eventRules: EventRuleModel[];
  readonly outputs: Record<string, string>;
}

/** Where a stack is opened, and what of it has been read so far. */
export interface ReadContext {
  readonly accountId: string;
  readonly region: string;
  /** `http://127.0.0.1:PORT`: the front of queue URLs. */
  readonly endpointUrl: string;
  readonly assetDirs: ReadonlyMap<string, string>;
  readonly model: StackModel;
}
