/** A pattern of an EventBridge rule in a form that is not supported here, or refused by AWS. The message says where. */
export class EventPatternError extends Error {
  override readonly name = 'EventPatternError';
}

type Scalar = string | number | boolean | null;

/** Whether the values of a field (none if it is absent, several of a list) are what a rule wants. */
type Filter = (values: readonly Scalar[]) => boolean;

/** By field: what its value may be, or the pattern of the object that it must hold. */
export interface EventPattern {
  readonly filters: ReadonlyMap<string, readonly Filter[]>;
  readonly objects: ReadonlyMap<string, EventPattern>;
}

/**
 * Reads a pattern: exact values, `prefix`, `anything-but` and `exists`, at any depth.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 * @throws EventPatternError
 */
export function parseEventPattern(pattern: unknown, path = 'EventPattern'): EventPattern {
  if (!isObject(pattern) || Object.keys(pattern).length === 0)
    throw new EventPatternError(`${path} must be an object with at least one field`);
  const filters = new Map<string, Filter[]>();
  const objects = new Map<string, EventPattern>();
  for (const [name, value] of Object.entries(pattern)) {
    const fieldPath = `${path}.${name}`;
    if (name.startsWith('$')) throw unsupported(fieldPath);
    if (Array.isArray(value)) filters.set(name, parseFilters(value, fieldPath));
    else objects.set(name, parseEventPattern(value, fieldPath));
  }
  return { filters, objects };
}

/** Whether every field of the pattern finds a value that it wants; other fields of the event do not count. */
export function matchesPattern({ filters, objects }: EventPattern, event: unknown): boolean {
  const valueOf = (name: string): unknown => (isObject(event) ? event[name] : undefined);
  return (
    [...filters].every(([name, wanted]) => wanted.some((passes) => passes(scalarsOf(valueOf(name))))) &&
    [...objects].every(([name, inner]) => matchesInner(inner, valueOf(name)))
  );
}

/** An absent object still has absent fields, which `exists: false` asks for; of a list any element will do. */
function matchesInner(pattern: EventPattern, value: unknown): boolean {
  return Array.isArray(value) ? value.some((each) => matchesPattern(pattern, each)) : matchesPattern(pattern, value);
}

function parseFilters(filters: readonly unknown[], path: string): Filter[] {
  if (filters.length === 0) throw new EventPatternError(`${path} must not be an empty list`);
  return filters.map((filter) => parseFilter(filter, path));
}

function parseFilter(filter: unknown, path: string): Filter {
  if (isScalar(filter)) return (values) => values.includes(filter);
  const [[operator, operand] = ['', undefined], ...others] = isObject(filter) ? Object.entries(filter) : [];
  if (others.length > 0) throw unsupported(`${path} with several operators`);
  if (operator === 'prefix' && typeof operand === 'string')
    return (values) => values.some((value) => typeof value === 'string' && value.startsWith(operand));
  if (operator === 'exists' && typeof operand === 'boolean') return (values) => values.length > 0 === operand;
  const excluded = listOf(operand);
  if (operator === 'anything-but' && excluded.every(isScalar))
    return (values) => values.some((value) => !excluded.includes(value));
  throw unsupported(`${path}.${operator}`);
}

function unsupported(path: string): EventPatternError {
  return new EventPatternError(`${path} is not supported by the embedded stack`);
}

function scalarsOf(value: unknown): Scalar[] {
  return listOf(value).filter(isScalar);
}

function listOf(value: unknown): unknown[] {
  return value === undefined ? [] : [value].flat();
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
