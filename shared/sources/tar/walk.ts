import { FanlightError } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import { failureOf, type Failure } from '../../core/outcome.ts';
import type { TarCursor } from './cursor.ts';
import { hasData, isSilent, refusalOf } from './entry-type.ts';
import { hasTarChecksum, isZero, parseTarHeader, tarBlockBytes, tarTextToNul, type TarHeader } from './header.ts';
import { parsePax, type PaxFields } from './pax.ts';
import type { TarBytes } from './tar-bytes.ts';

/** A file of a tar, before its data are read. */
export interface TarFile {
  readonly name: string;
  /** As stored; 0 for links and devices. */
  readonly sizeBytes: number;
  readonly dataOffset: number;
  /** Why its data are not to be read. */
  readonly failure?: Failure | undefined;
  readonly next: TarCursor;
}

export interface TarBounds {
  readonly maxImageBytes: number;
  readonly maxArchiveEntries: number;
}

export const defaultTarBounds: TarBounds = limits;

/** Bytes of an extension header's body: names have 4,096 bytes at most in file systems, and pax has a few fields more. */
const maxExtensionBytes = 1_048_576;
/** Extension headers before one member: pax and GNU write up to three. Bounds the headers that count as no entry. */
const maxExtensionsPerEntry = 16;
/** An empty tar is one record of zeros: 10,240 bytes unless --blocking-factor says more. */
const maxEmptyTarBytes = 1_048_576;

function corrupt(message: string): FanlightError {
  return new FanlightError('ARCHIVE_CORRUPT', message);
}

/** What became of a member that the tar ends in. */
export const truncated = failureOf({
  code: 'ARCHIVE_CORRUPT',
  message: 'the archive ends within the data of this file',
});

function wholeBlocks(bytes: number): number {
  return Math.ceil(bytes / tarBlockBytes) * tarBlockBytes;
}

class TarWalk {
  readonly #bytes: TarBytes;
  readonly #bounds: TarBounds;
  #offset: number;
  #entries: number;
  #globalsAt: number | undefined;
  #globals: PaxFields = {};
  /** Of the extension headers since the last entry. */
  #pax: PaxFields = {};
  #longName: string | undefined;
  #extensions = 0;
  #isFirst: boolean;

  constructor(bytes: TarBytes, start: TarCursor, bounds: TarBounds) {
    this.#bytes = bytes;
    this.#bounds = bounds;
    this.#offset = start.offset;
    this.#entries = start.entries;
    this.#globalsAt = start.globalsAt;
    this.#isFirst = start.offset === 0;
  }

  async *files(): AsyncGenerator<TarFile> {
    if (this.#globalsAt !== undefined) await this.#readGlobalsAgain(this.#globalsAt);
    for (let header = await this.#header(); header !== undefined; header = await this.#header()) {
      if (await this.#isExtension(header)) continue;
      const file = await this.#entry(header);
      if (file !== undefined) yield file;
      if (file?.failure === truncated) return;
    }
  }

  async #readGlobalsAgain(offset: number): Promise<void> {
    const { sizeBytes } = parseTarHeader(await this.#bytes.read(offset, tarBlockBytes));
    this.#globals = parsePax(await this.#bytes.read(offset + tarBlockBytes, sizeBytes));
  }

  /** The next header, or undefined where the tar ends: at two blocks of zeros, or at its last byte. */
  async #header(): Promise<TarHeader | undefined> {
    const block = await this.#bytes.read(this.#offset, tarBlockBytes);
    if (isZero(block)) return this.#headerAfterZeros(block.length);
    if (!hasTarChecksum(block)) {
      if (this.#isFirst) throw corrupt('the archive holds no tar: it does not start with the header of a file');
      const what = block.length < tarBlockBytes ? 'the archive ends within a header' : 'a header is damaged';
      throw corrupt(`${what}: entry ${this.#entries + 1}, at byte ${this.#offset} of the tar`);
    }
    this.#isFirst = false;
    return parseTarHeader(block);
  }

  /** A lone block of zeros that a header follows ends nothing: a file would be lost without a word. */
  async #headerAfterZeros(zeroBytes: number): Promise<TarHeader | undefined> {
    const end = this.#bytes.endBytes;
    // A tar has whole blocks: one that has not was cut off, be it in padding alone. A missing end mark is common, and no damage.
    if (zeroBytes === 0 && end !== undefined && end < this.#offset)
      throw corrupt(`the archive is cut off behind or within entry ${this.#entries}`);
    if (this.#isFirst) {
      await this.#expectEmpty(zeroBytes);
      return undefined;
    }
    const second = await this.#bytes.read(this.#offset + tarBlockBytes, tarBlockBytes);
    if (!hasTarChecksum(second)) return undefined;
    this.#offset += tarBlockBytes;
    return parseTarHeader(second);
  }

  /** Zeros alone are an empty tar; many of them, or bytes after them, are a file that lost its contents. */
  async #expectEmpty(zeroBytes: number): Promise<void> {
    const rest = await this.#bytes.read(this.#offset + zeroBytes, maxEmptyTarBytes);
    if (zeroBytes === 0 || rest.length === maxEmptyTarBytes || !isZero(rest))
      throw corrupt('the archive holds no tar: there is no header of a file in it');
  }

  /** Takes in what an extension header says about later entries; false for the header of an entry. */
  async #isExtension(header: TarHeader): Promise<boolean> {
    const { type } = header;
    if (!['x', 'X', 'g', 'L', 'K'].includes(type)) return false;
    this.#extensions += 1;
    if (this.#extensions > maxExtensionsPerEntry) {
      const message = `more than ${maxExtensionsPerEntry} extension headers before one entry of the tar`;
      throw new FanlightError('ARCHIVE_LIMIT', message);
    }
    const at = this.#offset;
    const body = await this.#extensionBody(header.sizeBytes);
    if (type === 'x' || type === 'X') this.#pax = { ...this.#pax, ...parsePax(body) };
    if (type === 'L') this.#longName = tarTextToNul(body);
    if (type === 'g') this.#setGlobals(parsePax(body), at);
    return true;
  }

  async #extensionBody(sizeBytes: number): Promise<Uint8Array> {
    if (sizeBytes > maxExtensionBytes) {
      const message = `an extension header of the tar has ${sizeBytes} bytes (at most ${maxExtensionBytes})`;
      throw new FanlightError('ARCHIVE_LIMIT', message);
    }
    const body = await this.#bytes.read(this.#offset + tarBlockBytes, sizeBytes);
    if (body.length < sizeBytes) throw corrupt('the archive ends within an extension header');
    this.#offset += tarBlockBytes + wholeBlocks(sizeBytes);
    return body;
  }

  /** As in GNU tar, a global header replaces the one before, and what it says holds for every later member. */
  #setGlobals(globals: PaxFields, at: number): void {
    this.#globals = globals;
    this.#globalsAt = Object.keys(globals).length === 0 ? undefined : at;
  }

  async #entry(header: TarHeader): Promise<TarFile | undefined> {
    this.#entries += 1;
    if (this.#entries > this.#bounds.maxArchiveEntries)
      throw new FanlightError('ARCHIVE_LIMIT', `the archive has more than ${this.#bounds.maxArchiveEntries} entries`);
    const pax = { ...this.#globals, ...this.#pax };
    const name = pax.sparseName ?? pax.path ?? this.#longName ?? header.name;
    const { type } = header;
    const sizeBytes = hasData(type) ? (pax.sizeBytes ?? header.sizeBytes) : 0;
    const dataOffset = this.#offset + tarBlockBytes + (await this.#mapBytes(header));
    this.#goBehind(dataOffset, sizeBytes);
    if (isSilent(type, name)) return undefined;
    const end = this.#bytes.endBytes;
    const isCut = end !== undefined && dataOffset + sizeBytes > end;
    return {
      // Tools that are given `.` put it before every name.
      name: name.replace(/^(?:\.\/+)+/, ''),
      sizeBytes,
      dataOffset,
      failure: isCut ? truncated : this.#failureOf(type, sizeBytes, pax.isSparse === true),
      // Nothing follows a file that was cut off, at its cursor neither.
      next: { offset: isCut ? end : this.#offset, entries: this.#entries, globalsAt: this.#globalsAt },
    };
  }

  /** Bytes between the header and the data of GNU's old sparse files: the rest of the map of holes. */
  async #mapBytes({ type, isMapContinued }: TarHeader): Promise<number> {
    let mapBytes = 0;
    for (let isContinued = type === 'S' && isMapContinued; isContinued; mapBytes += tarBlockBytes) {
      const block = await this.#bytes.read(this.#offset + tarBlockBytes + mapBytes, tarBlockBytes);
      if (block.length < tarBlockBytes) throw corrupt('the archive ends within the map of a sparse file');
      // `isextended` of `struct sparse_header` in GNU's tar.h, behind 21 pairs of numbers of 12 bytes.
      isContinued = block[504] === 1;
    }
    return mapBytes;
  }

  #goBehind(dataOffset: number, sizeBytes: number): void {
    this.#offset = dataOffset + wholeBlocks(sizeBytes);
    if (!Number.isSafeInteger(this.#offset)) throw corrupt(`an entry of the tar claims to have ${sizeBytes} bytes`);
    this.#pax = {};
    this.#longName = undefined;
    this.#extensions = 0;
  }

  #failureOf(type: string, sizeBytes: number, isSparse: boolean): Failure | undefined {
    const refusal = refusalOf(type, isSparse);
    if (refusal !== undefined || sizeBytes <= this.#bounds.maxImageBytes) return refusal;
    const message = `the file has ${sizeBytes} bytes (at most ${this.#bounds.maxImageBytes})`;
    return failureOf({ code: 'TOO_LARGE', message });
  }
}

/**
 * The files of a tar from a cursor on, in order, hopping over their data. Directories, labels and metadata are no files; where the
 * tar ends in the data of a file, that file is the last.
 *
 * @throws FanlightError ARCHIVE_CORRUPT where the rest cannot be read, ARCHIVE_LIMIT for too many entries and too large headers
 */
export function walkTar(bytes: TarBytes, start: TarCursor, bounds: TarBounds): AsyncGenerator<TarFile> {
  return new TarWalk(bytes, start, bounds).files();
}
