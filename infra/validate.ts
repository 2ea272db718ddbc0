import { Duration, Token } from 'aws-cdk-lib';
import { checkHostPattern } from '../shared/core/url-policy.ts';
import type { BookkeepingProps, ImageFanoutProps, ProcessorProps } from './image-fanout-props.ts';

/** Numbers of the functions and queues, checked, with every default filled in. */
export interface Sizes {
  readonly processorMemoryMb: number;
  readonly processorTimeout: Duration;
  readonly processorMaxConcurrency: number;
  readonly processorReservedConcurrency: number | undefined;
  readonly processorStorageMb: number;
  readonly bookkeepingTimeout: Duration;
  readonly stateRetention: Duration;
  readonly urlHosts: readonly string[];
}

/** @throws Error at synth time for what CloudFormation would refuse, or what could only fail later. */
export function resolveSizes(props: ImageFanoutProps): Sizes {
  const processor: ProcessorProps = props.processor ?? {};
  const bookkeeping: BookkeepingProps = props.bookkeeping ?? {};
  const sizes = {
    processorMemoryMb: processor.memorySize ?? 1769,
    processorTimeout: processor.timeout ?? Duration.minutes(2),
    processorMaxConcurrency: processor.maxConcurrency ?? 50,
    processorReservedConcurrency: processor.reservedConcurrentExecutions,
    processorStorageMb: processor.ephemeralStorageSize ?? 2048,
    bookkeepingTimeout: bookkeeping.timeout ?? Duration.minutes(2),
    stateRetention: props.stateRetention ?? Duration.days(90),
    urlHosts: props.urlHosts ?? [],
  };
  checkRange('processor.memorySize', sizes.processorMemoryMb, 512, 10_240, 'MB');
  checkSeconds('processor.timeout', sizes.processorTimeout, 5, 900);
  checkRange('processor.maxConcurrency', sizes.processorMaxConcurrency, 2, 1_000, 'invocations');
  checkRange('processor.ephemeralStorageSize', sizes.processorStorageMb, 512, 10_240, 'MB');
  checkSeconds('bookkeeping.timeout', sizes.bookkeepingTimeout, 5, 240);
  checkRange('stateRetention', sizes.stateRetention.toDays({ integral: false }), 1, 3_650, 'whole days');
  checkHosts(sizes.urlHosts);
  checkReserved(sizes.processorMaxConcurrency, sizes.processorReservedConcurrency);
  return sizes;
}

function checkSeconds(name: string, duration: Duration, min: number, max: number): void {
  checkRange(name, duration.toSeconds({ integral: false }), min, max, 'seconds');
}

function checkRange(name: string, value: number, min: number, max: number, unit: string): void {
  if (Token.isUnresolved(value)) return;
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new Error(`${name} must be an integer from ${min} to ${max} ${unit} (given ${value})`);
}

function checkHosts(hosts: readonly string[]): void {
  for (const host of hosts) {
    const reason = Token.isUnresolved(host) ? undefined : checkHostPattern(host);
    if (reason !== undefined) throw new Error(`urlHosts: ${reason} (given '${host}')`);
  }
}

/** The pollers' surplus would be throttled, and after three throttles a message is a dead letter (aws-cdk#24180). */
function checkReserved(maxConcurrency: number, reserved: number | undefined): void {
  if (reserved === undefined || maxConcurrency <= reserved) return;
  throw new Error(
    'processor.maxConcurrency must not be above processor.reservedConcurrentExecutions ' +
      `(given ${maxConcurrency} above ${reserved})`,
  );
}
