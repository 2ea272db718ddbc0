import { join } from 'node:path';
import { FanlightError } from '../../shared/core/errors.ts';
import { limits } from '../../shared/core/limits.ts';
import type { Source } from '../../shared/core/source.ts';
import { taggedSource } from '../../shared/core/tagged-source.ts';
import type { CostedOutcome, ImageWork } from './image-work.ts';
import { checkSize, type PinnedSource } from './pinned-source.ts';
import { alreadyDone, planImage, renderFile } from './render-file.ts';

/** The bytes are the version. Which of two is newer a URL does not tell: the last one written wins. */
function pinUrl(
  url: string,
  { sizeBytes, version }: { readonly sizeBytes: number; readonly version: string },
): PinnedSource {
  return {
    sizeBytes,
    version,
    identity: taggedSource({ bucket: '', key: url, version }, undefined),
    isCurrent: () => Promise.resolve(true),
  };
}

/** An image of the web. It has to be read before anybody knows whether it is done already. */
export async function renderUrl(work: ImageWork, source: Source, url: string): Promise<CostedOutcome> {
  const { scratch, fetchUrl, signal } = work;
  if (fetchUrl === undefined)
    throw new FanlightError('URL_REFUSED', 'this deployment reads no URLs: it names no hosts');
  // Its size is known when it is here; until then it has room for the largest, so that nobody's disk is full.
  return scratch.sourceBytes.hold(limits.maxImageBytes, (shrinkTo) =>
    scratch.inDirectory(source.ordinal, async (directory) => {
      const inputPath = join(directory, 'source');
      const pinned = pinUrl(url, await fetchUrl.save(url, inputPath, signal));
      shrinkTo(pinned.sizeBytes);
      checkSize(pinned);
      const image = await planImage(work, source, pinned);
      return alreadyDone(work, image) ?? renderFile(work, image, directory, inputPath);
    }),
  );
}
