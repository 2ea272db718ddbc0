import { open } from 'node:fs/promises';
import { archiveFormatOf, frontBytes, isImage } from '../shared/sources/archive-format.ts';
import { CliError } from './cli-error.ts';

const archiveName = /\.(zip|tar|tgz|tar\.(gz|zst))$/i;

async function frontOf(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(frontBytes), 0, frontBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/**
 * Whether the first bytes of something are those of an archive that the pipeline reads.
 *
 * @param named the path or URI, for messages
 * @throws CliError USAGE for an archive of another kind, and for what is called an archive and is neither that nor an image
 */
export function isReadableArchive(front: Buffer, named: string): boolean {
  const format = archiveFormatOf(front);
  if (format === undefined) {
    if (archiveName.test(named) && !isImage(front))
      throw new CliError('USAGE', `${named} is called an archive, but does not begin like one`, { path: named });
    return false;
  }
  if (format === 'bzip2' || format === 'xz' || format === '7z' || format === 'rar')
    throw new CliError(
      'USAGE',
      `${named} is a ${format} archive, which is not read; make it a zip, tar, tar.gz or tar.zst`,
      {
        path: named,
      },
    );
  return true;
}

/** @see isReadableArchive */
export async function isArchive(path: string): Promise<boolean> {
  return isReadableArchive(await frontOf(path), path);
}
