/** Documents of their own with a schema of their own; a recipe is as its author wrote it. */
const opaque = new Set(['recipe', 'recipes']);

function typeOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value;
}

/**
 * The members of documents as lines like `outcomes[].error.code: string`. Null says nothing: whoever may write it may also write
 * a value.
 */
export function membersOf(document: unknown, path = ''): Set<string> {
  if (document === null || document === undefined) return new Set();
  const members = new Set(path === '' ? [] : [`${path}: ${typeOf(document)}`]);
  if (Array.isArray(document)) {
    for (const item of document) for (const member of membersOf(item, `${path}[]`)) members.add(member);
  } else if (typeof document === 'object') {
    for (const [name, value] of Object.entries(document)) {
      if (opaque.has(name)) continue;
      for (const member of membersOf(value, path === '' ? name : `${path}.${name}`)) members.add(member);
    }
  }
  return members;
}
