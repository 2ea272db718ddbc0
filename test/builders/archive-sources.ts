import { readZip } from '../../shared/sources/zip/read-zip.ts';
import { claimsToBeImage, type Entry, type Source } from '../../shared/core/source.ts';
import type { ProcessorStage } from './processor-stage.ts';

/** Puts a zip into the uploads bucket: its members as the splitter plans them, without what it knows to be unreadable. */
export async function putZip(stage: ProcessorStage, key: string, zip: Buffer): Promise<Source[]> {
  const { ordinal: _, claimed: __, ...archive } = await stage.put(key, zip);
  const pin = { IfMatch: archive.version.etag ?? '' };
  const object = { s3: stage.s3, bucket: archive.bucket, key, pin, sizeBytes: zip.length };
  const members = await Array.fromAsync(readZip(object, undefined));
  return members.flatMap(({ name, size, entry }, ordinal) =>
    entry === undefined
      ? []
      : [{ ...archive, ordinal, name: `${key}#${name}`, size, entry, claimed: claimsToBeImage(name) }],
  );
}

/** A member of a tar. */
export interface TarMember {
  readonly name: string;
  readonly data: Buffer;
}

/** Bytes that members lie in, 512 bytes of header before each, and where. A processor reads no headers of tars. */
export function layOutTar(members: readonly TarMember[]): { bytes: Buffer; offsets: number[] } {
  const offsets: number[] = [];
  const parts: Buffer[] = [];
  let at = 0;
  for (const { data } of members) {
    const padding = Buffer.alloc((512 - (data.length % 512)) % 512);
    offsets.push(at + 512);
    parts.push(Buffer.alloc(512), data, padding);
    at += 512 + data.length + padding.length;
  }
  return { bytes: Buffer.concat(parts), offsets };
}

/** Sources of members of a tar that lies in the uploads bucket, compressed or not. */
export function tarSources(
  archive: Source,
  members: readonly TarMember[],
  entryOf: (index: number) => Extract<Entry, { format: 'tar' }>,
): Source[] {
  return members.map(({ name, data }, ordinal) => ({
    ...archive,
    ordinal,
    name: `${archive.key}#${name}`,
    size: data.length,
    entry: entryOf(ordinal),
  }));
}
