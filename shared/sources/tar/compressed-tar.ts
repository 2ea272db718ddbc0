import { FanlightError } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import { failureOf } from '../../core/outcome.ts';
import type { ArchiveObject, Member } from '../member.ts';
import { parseTarCursor, tarStart } from './cursor.ts';
import { decompress, type Compression } from './decompress.ts';
import { RangedBytes, rangeBytes } from './ranged-bytes.ts';
import { ScratchPacker, type ScratchWriter } from './scratch-packer.ts';
import { SequentialBytes } from './sequential-bytes.ts';
import { defaultTarBounds, truncated, walkTar, type TarBounds, type TarFile } from './walk.ts';

export type { ScratchWriter } from './scratch-packer.ts';

export interface CompressedTarBounds extends TarBounds {
  readonly maxCompressedTarBytes: number;
  readonly maxArchiveRatio: number;
  readonly freeExpandedBytes: number;
}

export interface CompressedTarReading {
  readonly format: Compression;
  readonly scratch: ScratchWriter;
  readonly after?: string | undefined;
  /** Asked while members before the cursor are read again: a pass that cannot reach its cursor never will. */
  readonly outOfTime?: (() => boolean) | undefined;
  readonly bounds?: CompressedTarBounds;
  /** Bytes of one GET. */
  readonly rangeBytes?: number;
}

const defaultBounds: CompressedTarBounds = { ...defaultTarBounds, ...limits };

/** Given to the decompressor at a time, always cut at the same places: what it unpacks before an error depends on them. */
const pieceBytes = 65_536;
const hint = 'use an uncompressed tar or a zip, which can be read from anywhere';

const damaged = failureOf({
  code: 'ARCHIVE_CORRUPT',
  message: 'the compressed data are damaged or end within this file',
});

async function* piecesOf(archive: ArchiveObject, atOnceBytes: number): AsyncGenerator<Uint8Array> {
  const bytes = new RangedBytes(archive, atOnceBytes);
  for (let at = 0; at < archive.sizeBytes; at += pieceBytes) yield await bytes.read(at, pieceBytes);
}

function expandedLimit({ sizeBytes }: ArchiveObject, bounds: CompressedTarBounds): number {
  return Math.max(bounds.freeExpandedBytes, bounds.maxArchiveRatio * sizeBytes);
}

/** Passes on what a tar unpacks to, as long as it is allowed to. */
async function* bounded(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
  checkTime: () => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes)
      throw new FanlightError('ARCHIVE_LIMIT', `the archive unpacks to more than ${maxBytes} bytes`);
    checkTime();
    yield chunk;
  }
}

class CompressedTarPass {
  readonly #bounds: CompressedTarBounds;
  readonly #bytes: SequentialBytes;
  readonly #packer: ScratchPacker;
  /** Offset of the cursor in the unpacked tar. */
  readonly #resumeAt: number;
  #reached = 0;

  constructor(archive: ArchiveObject, reading: CompressedTarReading) {
    const { format, scratch, after, outOfTime, bounds = defaultBounds } = reading;
    this.#bounds = bounds;
    this.#resumeAt = after === undefined ? 0 : parseTarCursor(after).offset;
    const checkTime = (): void => {
      if (this.#reached >= this.#resumeAt || outOfTime?.() !== true) return;
      const message = `the compressed tar is too large for one pass that starts anew each time: ${hint}`;
      throw new FanlightError('ARCHIVE_LIMIT', message);
    };
    const pieces = piecesOf(archive, reading.rangeBytes ?? rangeBytes);
    this.#bytes = new SequentialBytes(bounded(decompress(pieces, format), expandedLimit(archive, bounds), checkTime));
    this.#packer = new ScratchPacker(scratch, this.#resumeAt, bounds.maxImageBytes);
  }

  async *members(): AsyncGenerator<Member> {
    try {
      for await (const file of walkTar(this.#bytes, tarStart, this.#bounds)) {
        const isLast = yield* this.#take(file);
        this.#reached = file.next.offset;
        if (isLast) break;
      }
      await this.#bytes.drain();
    } catch (error) {
      // What came before the damage is whole.
      if (error instanceof FanlightError && error.kind === 'permanent') yield* this.#packer.flush();
      throw error;
    } finally {
      await this.#bytes.close();
    }
    yield* this.#packer.flush();
  }

  /** Answers whether the tar ends in the data of this file. */
  async *#take(file: TarFile): AsyncGenerator<Member, boolean> {
    if (file.failure !== undefined) {
      this.#packer.addFailed(file);
      if (this.#packer.isFull) yield* this.#packer.flush();
      return false;
    }
    if (!this.#packer.hasRoomFor(file.sizeBytes)) yield* this.#packer.flush();
    const isWhole = await this.#readData(file);
    if (isWhole) this.#packer.addPacked(file);
    else this.#packer.addFailed({ ...file, failure: truncated });
    if (this.#packer.isFull) yield* this.#packer.flush();
    return !isWhole;
  }

  async #readData(file: TarFile): Promise<boolean> {
    try {
      const room = this.#packer.roomFor(file.sizeBytes);
      return (await this.#bytes.readInto(room, file.dataOffset)) === room.length;
    } catch (error) {
      if (error instanceof FanlightError && error.code === 'ARCHIVE_CORRUPT')
        this.#packer.addFailed({ ...file, failure: damaged });
      throw error;
    }
  }
}

/**
 * The members of a tar.gz or tar.zst behind a cursor, in one pass from its start: their data are packed into scratch objects, and a
 * member comes once its own is written. What waits is one scratch object, at most as large as the largest image may be.
 *
 * @throws FanlightError ARCHIVE_CORRUPT for damaged data and for what holds no tar, after the members before the damage;
 * ARCHIVE_LIMIT for a large one, a bomb, too many entries, and a cursor that cannot be reached in time; and what S3 says
 */
export async function* readCompressedTar(
  archive: ArchiveObject,
  reading: CompressedTarReading,
): AsyncGenerator<Member> {
  const { maxCompressedTarBytes } = reading.bounds ?? defaultBounds;
  if (archive.sizeBytes > maxCompressedTarBytes) {
    const message = `a compressed tar may have ${maxCompressedTarBytes} bytes (given ${archive.sizeBytes}): ${hint}`;
    throw new FanlightError('ARCHIVE_LIMIT', message);
  }
  yield* new CompressedTarPass(archive, reading).members();
}
