import { FanlightError } from '../core/errors.ts';
import type { S3Location } from '../core/manifest-sources.ts';
import type { Found } from './found.ts';
import type { Member } from './member.ts';
import { memberSource } from './member-source.ts';
import type { NameSet } from './name-set.ts';
import { openArchive, type OpenArchive } from './open-archive.ts';
import type { S3Client } from '@aws-sdk/client-s3';
import { readCompressedTar, type ScratchWriter } from './tar/compressed-tar.ts';
import { readTar } from './tar/read-tar.ts';
import { readZip } from './zip/read-zip.ts';

/** Names of members, for as long as an archive is being read. */
export interface ArchiveNames {
  /** For an archive from its beginning. */
  none(): NameSet;
  /** For an archive that goes on: of its members that were planned before, and of others. */
  before(): Promise<NameSet>;
  /** It has ended. */
  release(): void;
}

export interface ArchiveReading {
  readonly s3: S3Client;
  readonly location: S3Location;
  /** Of the archive, in results. */
  readonly name: string;
  /** Of the version that is meant; undefined for the current one. */
  readonly etag: string | undefined;
  /** Takes the members of a compressed tar. */
  readonly scratch: ScratchWriter;
  readonly names: ArchiveNames;
  readonly outOfTime: () => boolean;
}

function membersOf(archive: OpenArchive, after: string | undefined, reading: ArchiveReading): AsyncGenerator<Member> {
  const { format } = archive;
  const { scratch, outOfTime } = reading;
  if (format === 'zip') return readZip(archive, after);
  if (format === 'tar') return readTar(archive, after);
  if (format === 'gzip' || format === 'zstd') return readCompressedTar(archive, { format, scratch, after, outOfTime });
  const found = format === undefined ? 'no archive' : `a ${format} archive`;
  throw new FanlightError('UNSUPPORTED_FORMAT', `it is ${found}; zip, tar, tar.gz and tar.zst are read`);
}

/** A cursor names the version too: another one has other members. */
function parseCursor(after: string | undefined): { etag?: string; after?: string } {
  if (after === undefined) return {};
  const space = after.indexOf(' ');
  return { etag: after.slice(0, space), after: after.slice(space + 1) };
}

/**
 * The members of an archive from a cursor on.
 *
 * @throws FanlightError permanent when the archive, or the rest of it, cannot be read
 */
export async function* readArchive(reading: ArchiveReading, start: string | undefined): AsyncGenerator<Found> {
  const { s3, location, name } = reading;
  const cursor = parseCursor(start);
  const archive = await openArchive(s3, location, reading.etag ?? cursor.etag);
  const seen = start === undefined ? reading.names.none() : await reading.names.before();
  const about = { name, ...location, version: { etag: archive.etag } };
  for await (const member of membersOf(archive, cursor.after, reading))
    yield { source: memberSource(about, member, seen), after: `${archive.etag} ${member.after}` };
  reading.names.release();
}
