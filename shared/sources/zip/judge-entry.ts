import { FanlightError } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import type { CentralHeader, CentralNumbers } from './central-header.ts';
import { corrupt } from './corrupt.ts';

export const storeMethod = 0;
export const deflateMethod = 8;
export const encryptedFlag = 0x0001;

/** Of a local header without name and extra field. */
export const localFixedBytes = 30;

/** AES, as WinZip writes it, calls itself a method; the real one is in the extra field. */
const aesMethod = 99;
/** APPNOTE 4.4.5. */
const methodNames: Readonly<Record<number, string>> = {
  1: 'shrink',
  2: 'reduce',
  3: 'reduce',
  4: 'reduce',
  5: 'reduce',
  6: 'implode',
  9: 'deflate64',
  10: 'implode of PKWARE',
  12: 'bzip2',
  14: 'lzma',
  16: 'CMPSC',
  18: 'TERSE',
  19: 'LZ77',
  20: 'zstd',
  93: 'zstd',
  94: 'mp3',
  95: 'xz',
  96: 'jpeg of WinZip',
  97: 'wavpack',
  98: 'ppmd',
};

/** A match of 258 bytes takes at least two bits: https://zlib.net/zlib_tech.html */
const maxDeflateRatio = 1_032;

/** Of the Unix mode in the upper half of the external attributes. */
const fileTypeMask = 0xf000;
const fileTypes = { regular: 0x8000, directory: 0x4000, symlink: 0xa000 } as const;
const unixHosts: readonly number[] = [3, 19];
const fatDirectory = 0x10;

/** Zero when the entry has no Unix mode. */
function fileType({ host, externalAttributes }: CentralHeader): number {
  return unixHosts.includes(host) ? (externalAttributes >>> 16) & fileTypeMask : 0;
}

/** Entries that stand for a directory: by the name, or by attributes if there is no content. */
export function isDirectory(name: string, header: CentralHeader): boolean {
  if (name.endsWith('/')) return true;
  if (header.numbers?.sizeBytes !== 0) return false;
  const type = fileType(header);
  return type === 0 ? (header.externalAttributes & fatDirectory) !== 0 : type === fileTypes.directory;
}

function unsupported(message: string): FanlightError {
  return new FanlightError('UNSUPPORTED_FORMAT', message);
}

function judgeKind(header: CentralHeader): FanlightError | undefined {
  const type = fileType(header);
  if (type === fileTypes.symlink) return new FanlightError('ENTRY_UNSAFE', 'the entry is a symbolic link');
  if (type !== 0 && type !== fileTypes.regular && type !== fileTypes.directory)
    return new FanlightError('ENTRY_UNSAFE', 'the entry is a device, pipe or socket');
  const { flags, method } = header;
  if ((flags & encryptedFlag) !== 0 || method === aesMethod)
    return unsupported('the entry is encrypted: pack it without a password');
  if (method !== storeMethod && method !== deflateMethod)
    return unsupported(
      `the entry is compressed with ${methodNames[method] ?? 'an unknown method'} (method ${method}): only store and deflate are read`,
    );
  return undefined;
}

function dataEnd({ offset, storedBytes }: CentralNumbers, { nameBytes }: CentralHeader): number {
  return offset + localFixedBytes + nameBytes + storedBytes;
}

/**
 * The bytes that nobody else may have, at least: the length of the local extra field is not known. Of an entry whose data would reach
 * into the central directory it is the local header alone, so that one damaged length is not taken for an overlap with all that
 * follows. Undefined when the header does not lie in front of the directory either.
 */
export function extentOf(header: CentralHeader, directoryOffset: number): { start: number; end: number } | undefined {
  const { numbers, nameBytes } = header;
  if (numbers === undefined) return undefined;
  const start = numbers.offset;
  const headerEnd = start + localFixedBytes + nameBytes;
  if (headerEnd > directoryOffset) return undefined;
  const end = dataEnd(numbers, header);
  return { start, end: end > directoryOffset ? headerEnd : end };
}

function judgeNumbers(header: CentralHeader, directoryOffset: number): FanlightError | undefined {
  const { numbers, method } = header;
  if (numbers === undefined) return corrupt('the zip64 extra field of the entry is missing or damaged');
  const { sizeBytes, storedBytes, disk } = numbers;
  if (disk !== 0) return unsupported(`the entry lies on disk ${disk + 1} of a split zip: join it first`);
  const end = dataEnd(numbers, header);
  if (end > directoryOffset)
    return corrupt(
      `the entry's data would end at ${end}, behind the start of the central directory at ${directoryOffset}`,
    );
  if (method === storeMethod && sizeBytes !== storedBytes)
    return corrupt(`the entry is stored, but as ${storedBytes} bytes of ${sizeBytes}`);
  if (sizeBytes > storedBytes * maxDeflateRatio)
    return corrupt(`no ${storedBytes} bytes can be inflated to the declared ${sizeBytes}`);
  const largest = Math.max(sizeBytes, storedBytes);
  if (largest > limits.maxImageBytes)
    return new FanlightError('TOO_LARGE', `the entry has ${largest} bytes, one image may have ${limits.maxImageBytes}`);
  return undefined;
}

/** Why the entry cannot be read although the rest of the archive can; undefined when it can. */
export function judgeEntry(header: CentralHeader, directoryOffset: number): FanlightError | undefined {
  return judgeKind(header) ?? judgeNumbers(header, directoryOffset);
}
