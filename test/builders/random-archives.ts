import * as fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { unsafeNameReason } from '../../shared/core/member-name.ts';
import type { ErrorCode } from '../../shared/core/errors.ts';
import { claimsToBeImage } from '../../shared/core/source.ts';
import { paxHeader, tarOf, tarPiece } from './tar-builder.ts';
import { tarParts } from './tar-arbitrary.ts';
import { buildZip, type ZipEntrySpec } from './zip-builder.ts';

/** What a plan has to say of an entry that is no directory. */
export interface ExpectedEntry {
  /** Behind the archive's name. */
  readonly name: string;
  readonly size: number;
  /** Why it is not rendered. */
  readonly verdict?: ErrorCode | 'not-an-image' | undefined;
}

export interface RandomArchive {
  readonly format: 'zip' | 'tar' | 'tar.gz';
  readonly bytes: Buffer;
  readonly entries: readonly ExpectedEntry[];
}

/** Something of an archive; a directory has no entry. */
interface Part<Piece> {
  readonly piece: Piece;
  readonly entry?: ExpectedEntry;
}

/** Few, so that many entries have the same. */
const pooledNames = fc.nat({ max: 25 }).map((number) => `folder/${number}.jpg`);

/** As long as a name may be, of characters that take two to six times their bytes in a message. */
const longNames = fc
  .tuple(fc.constantFrom('\u0001', '"', '\n', 'é'), fc.nat({ max: 20 }))
  .map(([character, number]) => `${character.repeat(Math.floor(1_000 / Buffer.byteLength(character)))}${number}.jpg`);

const strangeNames = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 20 })
  .map((text) => `strange ${text.replaceAll(/[\\/]/g, '')}.jpg`)
  .filter((name) => unsafeNameReason(name) === undefined);

/** What most entries are called. */
const namings = {
  any: fc.oneof(
    { weight: 4, arbitrary: pooledNames },
    { weight: 2, arbitrary: longNames },
    { weight: 4, arbitrary: strangeNames },
  ),
  long: longNames,
} as const;
export type Naming = keyof typeof namings;

const unsafeNames = fc.constantFrom('../up.jpg', '/absolute.jpg', 'C:/drive.jpg', 'a/../../up.jpg', 'n\u0000l.jpg');

const bodies = fc.constantFrom('', 'jpeg', 'bytes of an image '.repeat(20));

const megabyte = 1_000_000;
/** Deflated data may be a thousandth of what they claim to be. */
const giant = { data: '', stored: Buffer.alloc(0.2 * megabyte), central: { sizeBytes: 200 * megabyte } };
const tooLarge = { data: '', stored: Buffer.alloc(0.6 * megabyte), central: { sizeBytes: 600 * megabyte } };
/** What all entries declare together has a limit, of 1 GiB for small archives. */
const maxGiants = 4;
const maxTooLarge = 2;

const zipParts = (names: fc.Arbitrary<string>): fc.Arbitrary<Part<ZipEntrySpec>> =>
  fc
    .oneof(
      {
        weight: 20,
        arbitrary: fc.record({ name: names, data: bodies, dataDescriptor: fc.boolean(), zip64: fc.boolean() }),
      },
      { weight: 2, arbitrary: unsafeNames.map((name) => ({ name, data: '', verdict: 'ENTRY_UNSAFE' as const })) },
      {
        weight: 2,
        arbitrary: names.map((name) => ({
          name,
          data: 'secret',
          local: { flags: 1 },
          central: { flags: 1 },
          verdict: 'UNSUPPORTED_FORMAT' as const,
        })),
      },
      { weight: 1, arbitrary: pooledNames.map((name) => ({ name, ...giant })) },
      { weight: 1, arbitrary: pooledNames.map((name) => ({ name, ...tooLarge, verdict: 'TOO_LARGE' as const })) },
      { weight: 2, arbitrary: pooledNames.map((name) => ({ name: `${name}/` })) },
    )
    .map(zipPart);

function zipPart({ verdict, ...spec }: ZipEntrySpec & { readonly name: string; readonly verdict?: ErrorCode }) {
  if (spec.name.endsWith('/')) return { piece: spec };
  const size = spec.central?.sizeBytes ?? Buffer.byteLength(spec.data ?? '');
  // Both flags: the name is UTF-8 as well.
  return { piece: spec, entry: { name: spec.name, size, verdict } };
}

/** The first so many of a kind. */
function atMost<Item>(items: readonly Item[], count: number, isOfKind: (item: Item) => boolean): Item[] {
  let found = 0;
  return items.filter((item) => !isOfKind(item) || ++found <= count);
}

function zipOf(parts: readonly Part<ZipEntrySpec>[]): RandomArchive {
  const few = atMost(parts, maxGiants, ({ piece }) => piece.stored === giant.stored);
  const all = atMost(few, maxTooLarge, ({ piece }) => piece.stored === tooLarge.stored);
  return {
    format: 'zip',
    bytes: buildZip(all.map(({ piece }) => piece)),
    entries: all.flatMap(({ entry }) => entry ?? []),
  };
}

const plainTarParts = (names: fc.Arbitrary<string>): fc.Arbitrary<Part<Buffer>> =>
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc.tuple(names, bodies).map(([name, body]) => {
        const data = Buffer.from(body);
        return tarPart(name, tarPiece({ name: 'see above', data }), { size: data.length });
      }),
    },
    {
      weight: 2,
      arbitrary: unsafeNames.map((name) =>
        tarPart(name, tarPiece({ name: 'see above' }), { size: 0, verdict: 'ENTRY_UNSAFE' }),
      ),
    },
    {
      weight: 2,
      arbitrary: names.map((name) =>
        tarPart(name, tarPiece({ name: 'see above', type: '2' }), { size: 0, verdict: 'ENTRY_UNSAFE' }),
      ),
    },
    { weight: 2, arbitrary: pooledNames.map((name) => ({ piece: tarPiece({ name: `${name}/`, type: '5' }) })) },
  );

function tarPart(name: string, blocks: Buffer, about: Omit<ExpectedEntry, 'name'>): Part<Buffer> {
  return { piece: Buffer.concat([paxHeader({ path: name }), blocks]), entry: { name, ...about } };
}

/** Files in all dialects of tar. */
const dialectParts: fc.Arbitrary<Part<Buffer>[]> = tarParts.map((parts) =>
  parts
    .filter(({ file }) => file === undefined || unsafeNameReason(file.name) === undefined)
    .map(({ blocks, file }) => ({
      piece: blocks,
      ...(file === undefined ? {} : { entry: { name: file.name, size: file.data.length } }),
    })),
);

function tarOfParts(parts: readonly Part<Buffer>[]): RandomArchive {
  return {
    format: 'tar',
    bytes: tarOf(...parts.map(({ piece }) => piece)),
    entries: parts.flatMap(({ entry }) => entry ?? []),
  };
}

/** Of two safe names that are the same the first one counts; what has no bytes cannot be rendered. */
function judged(archive: RandomArchive): RandomArchive {
  const seen = new Set<string>();
  const entries = archive.entries.map((entry): ExpectedEntry => {
    const { name, size, verdict } = entry;
    if (unsafeNameReason(name) !== undefined) return entry;
    if (seen.has(name)) return { ...entry, verdict: 'KEY_COLLISION' };
    seen.add(name);
    if (size > 0 || verdict !== undefined) return entry;
    return { ...entry, verdict: claimsToBeImage(name) ? 'EMPTY_SOURCE' : 'not-an-image' };
  });
  return { ...archive, entries };
}

/** Archives of up to so many entries: images, some of one name, directories, and what is refused of an archive. */
export function randomArchives(maxEntries: number, naming: Naming): fc.Arbitrary<RandomArchive> {
  const names = namings[naming];
  const size = { minLength: 1, maxLength: maxEntries, size: 'max' as const };
  const tars = fc
    .tuple(fc.array(plainTarParts(names), size), dialectParts, fc.array(plainTarParts(names), size))
    .map(([before, between, after]) => tarOfParts([...before, ...between, ...after].slice(0, maxEntries)));
  const compressed = tars.map((tar) => ({ ...tar, format: 'tar.gz' as const, bytes: gzipSync(tar.bytes) }));
  return fc
    .oneof(
      { weight: 3, arbitrary: fc.array(zipParts(names), size).map(zipOf) },
      { weight: 2, arbitrary: tars },
      { weight: 1, arbitrary: compressed },
    )
    .map(judged);
}
