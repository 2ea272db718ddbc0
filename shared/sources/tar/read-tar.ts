import type { ArchiveObject, Member } from '../member.ts';
import { formatTarCursor, parseTarCursor, tarStart } from './cursor.ts';
import { RangedBytes } from './ranged-bytes.ts';
import { defaultTarBounds, walkTar, type TarBounds } from './walk.ts';

export interface TarOptions {
  readonly bounds?: TarBounds;
  /** Bytes of one GET. */
  readonly rangeBytes?: number;
}

/**
 * The members of a tar (v7, ustar, pax, GNU, star) from a cursor on, by ranged GETs that hop over large bodies. Regular files have an
 * entry; links, devices and sparse files a verdict; directories are no members.
 *
 * @throws FanlightError ARCHIVE_CORRUPT where the rest cannot be read, ARCHIVE_LIMIT for too many entries and too large headers,
 * and what S3 says
 */
export async function* readTar(
  archive: ArchiveObject,
  after: string | undefined,
  { bounds = defaultTarBounds, rangeBytes }: TarOptions = {},
): AsyncGenerator<Member> {
  const start = after === undefined ? tarStart : parseTarCursor(after);
  for await (const file of walkTar(new RangedBytes(archive, rangeBytes), start, bounds)) {
    const { name, sizeBytes: size, dataOffset, failure, next } = file;
    const found = failure === undefined ? ({ entry: { format: 'tar', offset: dataOffset } } as const) : undefined;
    const verdict = failure === undefined ? undefined : ({ status: 'failed', error: failure } as const);
    yield { name, size, ...found, verdict, after: formatTarCursor(next) };
  }
}
