import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { parseS3Uri, type ManifestSource } from '../shared/core/manifest-sources.ts';
import { listItems } from '../shared/sources/list/list-items.ts';

export type ListSource = Extract<ManifestSource, { list: string }>;

/**
 * The objects that a list on this machine names, as URIs. What else it holds is for the pipeline to tell.
 *
 * @param source with its base
 * @throws FanlightError INVALID_MANIFEST when the file is no list, or lacks the column
 */
export async function* urisOfList(
  path: string,
  { column, base }: ListSource & { readonly base: string },
): AsyncGenerator<string> {
  const list = { name: basename(path), column, base: parseS3Uri(base) };
  for await (const item of listItems(createReadStream(path), list, undefined))
    if (item.kind === 'object') yield `s3://${item.bucket}/${item.key}`;
}
