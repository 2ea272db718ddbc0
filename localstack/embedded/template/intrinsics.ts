import { TemplateError } from './template-error.ts';

/** What the intrinsics of one template may name. */
export interface Scope {
  /**
   * The value of `Ref`: a pseudo parameter, a parameter's default, or a resource read before; undefined if there is
   * none.
   */
  ref(name: string): unknown;
  /** The value of `Fn::GetAtt`; undefined if the resource has no such attribute here. */
  getAtt(logicalId: string, attribute: string): string | undefined;
}

/** `Ref: AWS::NoValue`: the property or list item is left out. */
export const NO_VALUE = Symbol('AWS::NoValue');

const SUB_PATTERN = /\$\{(!?)([^}]+)\}/g;

/**
 * Replaces `Ref`, `Fn::GetAtt`, `Fn::Sub` and `Fn::Join` in a part of a template.
 * @param where names the place in error messages
 */
export function resolveIntrinsics(value: unknown, scope: Scope, where: string): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => resolveIntrinsics(item, scope, where)).filter((item) => item !== NO_VALUE);
  }
  if (!isObject(value)) return value;
  const intrinsic = intrinsicOf(value, where);
  if (intrinsic !== undefined) return evaluate(intrinsic, scope, where);
  const entries = Object.entries(value).map(([key, item]) => [key, resolveIntrinsics(item, scope, `${where}.${key}`)]);
  return Object.fromEntries(entries.filter(([, item]) => item !== NO_VALUE));
}

/** The logical ids (and parameter names) that a part of a template refers to. */
export function referencesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesOf);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, argument]) => {
    if (key === 'Ref') return [String(argument)];
    if (key === 'Fn::GetAtt') return [splitGetAtt(argument)[0]];
    if (key !== 'Fn::Sub') return referencesOf(argument);
    const [text, variables] = splitSub(argument);
    const names = [...text.matchAll(SUB_PATTERN)].filter(([, bang]) => bang === '').map(([, , name]) => name ?? '');
    const outer = names.filter((name) => !(name in variables)).map((name) => name.split('.')[0] ?? name);
    return [...outer, ...referencesOf(variables)];
  });
}

interface Intrinsic {
  readonly name: string;
  readonly argument: unknown;
}

function intrinsicOf(value: Record<string, unknown>, where: string): Intrinsic | undefined {
  const name = Object.keys(value).find((key) => key === 'Ref' || key.startsWith('Fn::'));
  if (name === undefined) return undefined;
  if (Object.keys(value).length > 1) throw new TemplateError(`${where}: ${name} must be the only key of its object`);
  return { name, argument: value[name] };
}

function evaluate({ name, argument }: Intrinsic, scope: Scope, where: string): unknown {
  switch (name) {
    case 'Ref':
      return resolveRef(String(argument), scope, where);
    case 'Fn::GetAtt':
      return resolveGetAtt(...splitGetAtt(argument), scope, where);
    case 'Fn::Sub':
      return resolveSub(argument, scope, where);
    case 'Fn::Join':
      return resolveJoin(argument, scope, where);
    default:
      throw new TemplateError(`${where}: the intrinsic function ${name} is not supported by the embedded stack`);
  }
}

function resolveRef(name: string, scope: Scope, where: string): unknown {
  const value = scope.ref(name);
  if (value === undefined) throw new TemplateError(`${where}: Ref ${name} cannot be resolved`);
  return value;
}

function resolveGetAtt(logicalId: string, attribute: string, scope: Scope, where: string): string {
  const value = scope.getAtt(logicalId, attribute);
  if (value === undefined) throw new TemplateError(`${where}: Fn::GetAtt ${logicalId}.${attribute} cannot be resolved`);
  return value;
}

function resolveSub(argument: unknown, scope: Scope, where: string): string {
  const [text, variables] = splitSub(argument);
  return text.replaceAll(SUB_PATTERN, (_match, bang: string, name: string) => {
    if (bang !== '') return `\${${name}}`;
    if (name in variables) return asText(resolveIntrinsics(variables[name], scope, where), where);
    const [logicalId = name, ...attribute] = name.split('.');
    if (attribute.length === 0) return asText(resolveRef(name, scope, where), where);
    return resolveGetAtt(logicalId, attribute.join('.'), scope, where);
  });
}

function resolveJoin(argument: unknown, scope: Scope, where: string): string {
  const [delimiter, items] = Array.isArray(argument) ? (argument as unknown[]) : [];
  const resolved = resolveIntrinsics(items, scope, where);
  if (typeof delimiter !== 'string' || !Array.isArray(resolved)) {
    throw new TemplateError(`${where}: Fn::Join takes a delimiter and a list`);
  }
  return resolved.map((item) => asText(item, where)).join(delimiter);
}

function splitGetAtt(argument: unknown): [logicalId: string, attribute: string] {
  const parts = Array.isArray(argument) ? argument.map(String) : String(argument).split('.');
  return [parts[0] ?? '', parts.slice(1).join('.')];
}

function splitSub(argument: unknown): [text: string, variables: Record<string, unknown>] {
  if (!Array.isArray(argument)) return [String(argument), {}];
  const [text, variables] = argument as unknown[];
  return [String(text), isObject(variables) ? variables : {}];
}

function asText(value: unknown, where: string): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new TemplateError(`${where}: a text is needed, not ${JSON.stringify(value) ?? String(value)}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
