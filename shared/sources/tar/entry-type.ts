import type { ErrorCode } from '../../core/errors.ts';
import type { Failure } from '../../core/outcome.ts';

/** Type flags without an outcome: directories, GNU's listing of a directory, volume labels, and metadata of Solaris and star. */
const silentTypes = new Set(['5', 'D', 'V', 'A', 'E', 'I', 'N']);

/** Links, devices, directories and fifos have no data, whatever their size says: POSIX, libarchive and Python agree. */
const typesWithoutData = new Set(['1', '2', '3', '4', '5', '6']);

const onlyRegular = 'only regular files of an archive are read';
const refusals: Readonly<Record<string, { code: ErrorCode; message: string }>> = {
  '1': {
    code: 'ENTRY_UNSAFE',
    message: `a hard link to another member: ${onlyRegular} (GNU tar's --hard-dereference stores files instead)`,
  },
  '2': {
    code: 'ENTRY_UNSAFE',
    message: `a symbolic link: ${onlyRegular} (tar's --dereference stores files instead)`,
  },
  '3': { code: 'ENTRY_UNSAFE', message: `a character device: ${onlyRegular}` },
  '4': { code: 'ENTRY_UNSAFE', message: `a block device: ${onlyRegular}` },
  '6': { code: 'ENTRY_UNSAFE', message: `a fifo: ${onlyRegular}` },
  M: { code: 'UNSUPPORTED_FORMAT', message: 'the rest of a file that starts in another volume of the tar' },
  S: {
    code: 'UNSUPPORTED_FORMAT',
    message: 'a sparse file: pack it without --sparse, or with --no-read-sparse of bsdtar',
  },
};

export function hasData(type: string): boolean {
  return !typesWithoutData.has(type);
}

/** Whether an entry has an outcome. A file whose name ends in a slash is a directory of tars from before there was a type for it. */
export function isSilent(type: string, name: string): boolean {
  return silentTypes.has(type) || (name.endsWith('/') && refusals[type] === undefined);
}

/** Why an entry is not read; undefined for regular files. Types that nobody knows are such files, as POSIX has it. */
export function refusalOf(type: string, isSparse: boolean): Failure | undefined {
  return refusals[isSparse ? 'S' : type];
}
