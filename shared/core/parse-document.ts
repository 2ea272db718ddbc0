import { z } from 'zod';
import { FanlightError } from './errors.ts';
import { parseJson } from './parse-json.ts';

const VersionSchema = z.object({ v: z.int() });

/** The version that a message or document of ours says it has; undefined for what has none. */
export function versionOf(document: unknown): number | undefined {
  return VersionSchema.safeParse(document).data?.v;
}

function complaintOf(document: unknown, { issues: [issue] }: z.ZodError): string {
  const version = versionOf(document);
  if (version !== undefined && version !== 1) return `it has version ${version}, and only version 1 is known here`;
  return document === undefined ? 'it is no JSON' : [issue?.path.join('.'), issue?.message].filter(Boolean).join(': ');
}

/**
 * Reads a message or a stored document. What another version of Fanlight wrote is not guessed at, and stays where it is: a message
 * in its queue and then in the dead-letter queue, a document under its key, until a version that knows it comes along.
 *
 * @param name the key, or what else tells a person where to look
 * @throws FanlightError INTERNAL with name and version
 */
export function parseDocument<Schema extends z.ZodType>(schema: Schema, text: string, name: string): z.infer<Schema> {
  const document = parseJson(text);
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new FanlightError('INTERNAL', `${name} cannot be read: ${complaintOf(document, parsed.error)}`);
}
