import { readEventsCommand } from './events-service.ts';
import { readS3Command } from './s3-service.ts';
import { readSqsCommand } from './sqs-service.ts';
import { World, type WorldOptions } from './world.ts';

export function openWorld({ concurrency = 3, sweeps = true }: Partial<WorldOptions> = {}): World {
  return new World({ s3: readS3Command, sqs: readSqsCommand, events: readEventsCommand }, { concurrency, sweeps });
}
