import { z } from 'zod';
import { AwsError } from '../aws-error.ts';
import type { Faults } from '../faults/faults.ts';
import { authorise } from '../iam/principals.ts';
import type { JsonRequest } from '../json-service.ts';
import type { EventBus } from './event-bus.ts';

const EntrySchema = z.object({
  Source: z.string().nullish(),
  DetailType: z.string().nullish(),
  Detail: z.string().nullish(),
  Resources: z.array(z.string()).nullish(),
  /** Epoch seconds, with a fraction. */
  Time: z.number().nullish(),
  EventBusName: z.string().nullish(),
});
const InputSchema = z.object({ Entries: z.array(EntrySchema), EndpointId: z.string().nullish() });
type Entry = z.infer<typeof EntrySchema>;

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const MAX_ENTRIES = 10;
/** All entries together: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size */
const MAX_BYTES = 262_144;
const TIME_BYTES = 14;

/** Takes each entry for itself: one that is refused is listed with its reason, in its place, and the others are delivered. */
export function putEvents(request: JsonRequest, bus: EventBus, faults: Faults): object {
  const { Entries } = parseInput(request.input);
  for (const entry of Entries) {
    authorise(request.principal, 'events:PutEvents', bus.arn, {
      'events:source': entry.Source ?? '',
      'events:detail-type': entry.DetailType ?? '',
    });
  }
  const isFunctions = request.principal.policies !== undefined;
  const results = Entries.map((entry) =>
    isFunctions && faults.strike('entry-failed', { what: 'PutEvents', name: 'default' }) !== undefined
      ? refused('InternalFailure', 'Internal Service Failure')
      : putEntry(entry, bus),
  );
  return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
}

function parseInput(input: unknown): z.infer<typeof InputSchema> {
  const result = InputSchema.safeParse(input);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw invalid(`${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { Entries, EndpointId } = result.data;
  if (typeof EndpointId === 'string')
    throw new AwsError('NotImplemented', 501, 'Global endpoints are not supported by the embedded stack');
  if (Entries.length < 1 || Entries.length > MAX_ENTRIES)
    throw invalid(`Entries must have 1 to ${MAX_ENTRIES} members (given ${Entries.length})`);
  const bytes = Entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
  if (bytes > MAX_BYTES)
    throw invalid(`Total size of the entries in the request is over the limit of ${MAX_BYTES} bytes (given ${bytes}).`);
  return result.data;
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', 400, message);
}

function entryBytes({ Source, DetailType, Detail, Resources, Time }: Entry): number {
  const texts = [Source, DetailType, Detail, ...(Resources ?? [])];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), 0);
  return bytes + (typeof Time === 'number' ? TIME_BYTES : 0);
}

function putEntry(entry: Entry, bus: EventBus): { EventId: string } | { ErrorCode: string; ErrorMessage: string } {
  const { Source, DetailType, Detail, Resources, Time, EventBusName } = entry;
  if (![bus.arn, 'default', null, undefined].includes(EventBusName))
    return refused('ResourceNotFoundException', `Event bus ${EventBusName} does not exist.`);
  if (!Source) return missing('Source');
  if (!DetailType) return missing('DetailType');
  if (!Detail) return missing('Detail');
  const detail = parseDetail(Detail);
  if (detail === undefined) return refused('MalformedDetail', 'Detail is malformed.');
  const timeMs = typeof Time === 'number' ? Time * 1000 : undefined;
  return { EventId: bus.put({ source: Source, detailType: DetailType, detail, resources: Resources ?? [], timeMs }) };
}

function missing(name: string) {
  return refused('InvalidArgument', `Parameter ${name} is not valid. Reason: ${name} is a required argument.`);
}

function refused(ErrorCode: string, ErrorMessage: string) {
  return { ErrorCode, ErrorMessage };
}

/** Undefined for what is not the JSON text of an object. */
function parseDetail(text: string): object | undefined {
  try {
    return z.record(z.string(), z.unknown()).safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
