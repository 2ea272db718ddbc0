import { join } from 'node:path';
import type { Source } from '../../shared/core/source.ts';
import type { CostedOutcome, ImageWork } from './image-work.ts';
import { checkSize } from './pinned-source.ts';
import { alreadyDone, planImage, renderFile } from './render-file.ts';
import { pinSource, saveSource } from './source-object.ts';

/** An object as it is: one GET. */
export async function renderObject(work: ImageWork, source: Source): Promise<CostedOutcome> {
  const { s3, scratch, signal } = work;
  const pinned = await pinSource(s3, source, signal);
  checkSize(pinned);
  const image = await planImage(work, source, pinned);
  const done = alreadyDone(work, image);
  if (done !== undefined) return done;
  return scratch.sourceBytes.hold(pinned.sizeBytes, () =>
    scratch.inDirectory(source.ordinal, async (directory) => {
      const inputPath = join(directory, 'source');
      await saveSource(s3, pinned, inputPath, signal);
      return renderFile(work, image, directory, inputPath);
    }),
  );
}
