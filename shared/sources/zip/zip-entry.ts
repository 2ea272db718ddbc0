import { crc32 } from 'node:zlib';
import type { Entry } from '../../core/source.ts';
import type { CentralHeader } from './central-header.ts';
import { extraData, extraId } from './extra-field.ts';
import { deflateMethod, localFixedBytes } from './judge-entry.ts';

/** What a shard carries of an entry of a zip. */
export type ZipEntry = Extract<Entry, { format: 'zip' }>;

/**
 * Writers keep less of some kinds of extra data in the central directory than in the local header: times of access and change,
 * owners, sizes in zip64. https://libzip.org/specifications/extrafld.txt
 */
function localExtraBytes(extra: Buffer): number {
  let bytes = 0;
  for (const { id, data } of extraData(extra)) {
    bytes += 4 + data.length;
    if (id === extraId.extendedTimestamp) {
      const times = [1, 2, 4].filter((flag) => ((data[0] ?? 0) & flag) !== 0).length;
      bytes += Math.max(0, 1 + 4 * times - data.length);
    }
    if (id === extraId.zip64) bytes += Math.max(0, 16 - data.length);
    if (id === extraId.infoZipUnix && data.length === 8) bytes += 4;
    if (id === extraId.infoZipUnix2 && data.length === 0) bytes += 4;
  }
  return bytes;
}

/** Of a header that was judged to be readable. */
export function zipEntry({ rawName, extra, numbers, method, crc32: dataCrc32 }: CentralHeader): ZipEntry {
  return {
    format: 'zip',
    offset: numbers?.offset ?? 0,
    headerBytes: localFixedBytes + rawName.length + localExtraBytes(extra),
    storedBytes: numbers?.storedBytes ?? 0,
    method: method === deflateMethod ? 'deflate' : 'store',
    crc32: dataCrc32,
    nameCrc32: crc32(rawName),
  };
}
