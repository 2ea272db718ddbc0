import { readEventsCommand } from './events-service.ts';
import { readS3Command } from './s3-service.ts';
import { readSqsCommand } from './sqs-service.ts';
import { World } from './world.ts';

/** @param concurrency invocations of each function at once */
export function openWorld({ concurrency = 3 }: { concurrency?: number } = {}): World {
  return new World({ s3: readS3Command, sqs: readSqsCommand, events: readEventsCommand }, concurrency);
}
