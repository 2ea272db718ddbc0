import { z } from 'zod';
import { FanlightError } from '../shared/core/errors.ts';
import { uriOf, type ManifestSource } from '../shared/core/manifest-sources.ts';
import type { Manifest } from '../shared/core/manifest.ts';
import { parseJson } from '../shared/core/parse-json.ts';

/** What paths are looked for in; all else is left to the manifest's own schema. */
const DocumentSchema = z.looseObject({
  relativeTo: z.unknown().optional(),
  sources: z.array(z.record(z.string(), z.unknown())).optional(),
});

const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i;
const isPath = (value: unknown): value is string => typeof value === 'string' && !hasScheme.test(value);

/**
 * A path as a key below the manifest's folder: without empty and `.` segments; a slash at its end stays.
 *
 * @param place in the manifest
 * @throws FanlightError INVALID_MANIFEST for what leads out of the folder
 */
function keyOf(path: string, place: string): string {
  const segments = path.split('/');
  if (path.startsWith('/') || segments.includes('..') || path.includes('\0'))
    throw new FanlightError(
      'INVALID_MANIFEST',
      `${place}: a path below the manifest's folder, or s3://bucket/key, expected (given ${JSON.stringify(path)})`,
      { path: place },
    );
  const folder = ['', '.'].includes(segments.at(-1) ?? '');
  const kept = segments.filter((segment) => segment !== '' && segment !== '.');
  return kept.length === 0 ? '' : `${kept.join('/')}${folder ? '/' : ''}`;
}

type LooseSource = Readonly<Record<string, unknown>>;

/** An inventory is S3's, and a base says only together with a local list where files of this machine are. */
function localFieldsOf({ list }: LooseSource): readonly string[] {
  return ['prefix', 'object', 'archive', 'list', ...(isPath(list) ? ['base'] : [])];
}

function withLocalUri(source: LooseSource, index: number, root: string): LooseSource {
  const local: Record<string, unknown> = isPath(source['list']) ? { base: root, ...source } : { ...source };
  for (const field of localFieldsOf(source)) {
    const path = source[field];
    if (isPath(path)) local[field] = root + keyOf(path, `sources[${index}].${field}`);
  }
  return local;
}

/**
 * A manifest's text in which local paths are URIs below `root`, until it is known where they are uploaded.
 *
 * @throws FanlightError INVALID_MANIFEST for a path that leads out of the manifest's folder
 */
export function withLocalUris(text: string, root: string): string {
  const parsed = DocumentSchema.safeParse(parseJson(text));
  if (!parsed.success) return text;
  const { relativeTo, sources, ...rest } = parsed.data;
  return JSON.stringify({
    ...rest,
    relativeTo: isPath(relativeTo) ? root + keyOf(relativeTo, 'relativeTo') : relativeTo,
    sources: sources?.map((source, index) => withLocalUri(source, index, root)),
  });
}

/** Whether any source is a local one. */
export function hasLocal(sources: readonly ManifestSource[], root: string): boolean {
  return sources.some((source) => uriOf(source).startsWith(root));
}

/** A manifest of which what was below `root` is below `target`. */
export function placed(manifest: Manifest, root: string, target: string): Manifest {
  const place = (uri: string): string => (uri.startsWith(root) ? target + uri.slice(root.length) : uri);
  const placeSource = (source: ManifestSource): ManifestSource => {
    if ('prefix' in source) return { ...source, prefix: place(source.prefix) };
    if ('object' in source) return { ...source, object: place(source.object) };
    if ('archive' in source) return { ...source, archive: place(source.archive) };
    if (!('list' in source)) return source;
    return { ...source, list: place(source.list), ...(source.base === undefined ? {} : { base: place(source.base) }) };
  };
  const { relativeTo, sources } = manifest;
  return {
    ...manifest,
    ...(relativeTo === undefined ? {} : { relativeTo: place(relativeTo) }),
    ...(sources === undefined ? {} : { sources: sources.map(placeSource) }),
  };
}
