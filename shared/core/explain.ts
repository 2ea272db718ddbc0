import { z } from 'zod';

/** One line for people about the issue that most likely causes the others. */
export interface Explanation {
  readonly message: string;
  /** `renditions[0].resize.widht`; empty for the document itself. */
  readonly path: string;
  /** The nearest valid name, when one is near enough to be meant. */
  readonly suggestion?: string;
}

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substituted = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substituted, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** The candidate nearest to what was written; none when more than a third of it (at least two letters) would have to change. */
export function nearestName(written: string, candidates: readonly string[]): string | undefined {
  const scored = candidates.map((name) => ({
    name,
    distance: editDistance(written.toLowerCase(), name.toLowerCase()),
  }));
  const best = scored.toSorted((a, b) => a.distance - b.distance)[0];
  return best !== undefined && best.distance <= Math.max(2, Math.floor(written.length / 3)) ? best.name : undefined;
}

/** The schemas a value of this schema may have one level down, or the schema itself where it has no wrapper. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodUnion) return schema.def.options.flatMap((option) => unwrap(option));
  if (schema instanceof z.ZodPipe) return unwrap(schema.def.in);
  if (schema instanceof z.ZodLazy) return unwrap(schema.def.getter());
  const inner =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly;
  return inner ? unwrap(schema.def.innerType) : [schema];
}

function childSchemas(schema: z.core.$ZodType, part: PropertyKey): z.core.$ZodType[] {
  if (schema instanceof z.ZodArray) return unwrap(schema.def.element);
  if (schema instanceof z.ZodRecord) return unwrap(schema.def.valueType);
  if (!(schema instanceof z.ZodObject)) return [];
  const shape: Readonly<Record<string, z.core.$ZodType>> = schema.def.shape;
  const member = shape[String(part)];
  return member === undefined ? [] : unwrap(member);
}

function keysAt(schema: z.core.$ZodType, path: Path): string[] {
  const schemas = path.reduce<z.core.$ZodType[]>(
    (found, part) => found.flatMap((candidate) => childSchemas(candidate, part)),
    unwrap(schema),
  );
  return schemas.flatMap((found) => (found instanceof z.ZodObject ? Object.keys(found.def.shape) : []));
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) => (typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined),
    input,
  );
}

function depthOf(issues: readonly Issue[]): number {
  return Math.max(...issues.map(({ code, path }) => path.length + (code === 'unrecognized_keys' ? 1 : 0)));
}

/** Replaces a union's issue by those of the branch that the input comes nearest to, when one accepts it any deeper. */
function withoutUnions(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const branches = issue.errors
    .map((branch) => branch.flatMap((inner) => withoutUnions({ ...inner, path: [...issue.path, ...inner.path] })))
    .filter((branch) => branch.length > 0 && depthOf(branch) > issue.path.length);
  return branches.toSorted((a, b) => depthOf(b) - depthOf(a))[0] ?? [issue];
}

function explainUnknownKey(schema: z.core.$ZodType, issue: z.core.$ZodIssueUnrecognizedKeys): Explanation {
  const key = issue.keys[0] ?? '';
  const path = formatPath([...issue.path, key]);
  const valid = keysAt(schema, issue.path);
  const suggestion = nearestName(key, valid);
  if (suggestion !== undefined)
    return { message: `${path} is not known; did you mean ${suggestion}?`, path, suggestion };
  return { message: `${path} is not known; valid here: ${valid.join(', ')}`, path };
}

function explainValue(issue: Issue, input: unknown): Explanation {
  const path = formatPath(issue.path);
  const given = valueAt(input, issue.path);
  if (issue.code === 'invalid_type' && given === undefined && path !== '')
    return { message: `${path} is missing`, path };
  const suggestion =
    issue.code === 'invalid_value' && typeof given === 'string'
      ? nearestName(given, issue.values.map(String))
      : undefined;
  const shown =
    given === null || ['string', 'number', 'boolean'].includes(typeof given) ? ` (given ${JSON.stringify(given)})` : '';
  const message = `${path === '' ? 'the document' : path}: ${issue.message}${shown}`;
  return { message, path, ...(suggestion === undefined ? {} : { suggestion }) };
}

/**
 * Explains the failed parse of `input` by `schema`. A misspelt key goes first, because the key that is then missing
 * would only distract. Works for any schema of objects, arrays, records and unions.
 */
export function explainIssues(schema: z.core.$ZodType, error: z.core.$ZodError, input?: unknown): Explanation {
  const issues = error.issues.flatMap(withoutUnions);
  const unknownKey = issues.find((issue) => issue.code === 'unrecognized_keys');
  if (unknownKey !== undefined) return explainUnknownKey(schema, unknownKey);
  const first = issues[0];
  return first === undefined ? { message: 'the document is not valid', path: '' } : explainValue(first, input);
}
