import type { S3Client } from '@aws-sdk/client-s3';
import { join } from 'node:path';
import type { Source } from '../../shared/core/source.ts';
import { taggedSource } from '../../shared/core/tagged-source.ts';
import type { CostedOutcome, ImageWork } from './image-work.ts';
import type { PlacedMember } from './members/member-place.ts';
import type { Turn } from './members/turns.ts';
import { isCurrentVersion } from './pinned-object.ts';
import { checkSize, type PinnedSource } from './pinned-source.ts';
import { alreadyDone, planImage, renderFile } from './render-file.ts';

/**
 * A member is a thing of the archive's key and the member's name, so that an archive that was uploaded anew with members elsewhere is
 * a newer version of it, and another archive is another thing. Its version is the archive's with the member's place, which for a
 * compressed tar is that in the tar: the objects it is unpacked into are named after the job.
 */
function pinMember(s3: S3Client, source: Source, { archive, entry, sizeBytes }: PlacedMember): PinnedSource {
  const version = `${archive.version}/${entry.offset}`;
  const key = `${archive.key}#${source.name}`;
  return {
    sizeBytes,
    version,
    identity: taggedSource({ bucket: archive.bucket, key, version }, source.version.sequencer),
    isCurrent: (signal) => isCurrentVersion(s3, archive, signal),
  };
}

async function renderInTurn(work: ImageWork, source: Source, turn: Turn): Promise<CostedOutcome> {
  const { scratch, members } = work;
  const member = members.place(source);
  const pinned = pinMember(work.s3, source, member);
  checkSize(pinned);
  const image = await planImage(work, source, pinned);
  const done = alreadyDone(work, image);
  if (done !== undefined) return done;
  const queuedMs = performance.now();
  // Before any bytes are held: a later member that held all of them would wait for this turn, which would wait for the bytes.
  // Whoever has the turn waits only for members that are being rendered, and those wait for nobody.
  await turn.come;
  const queueMs = performance.now() - queuedMs;
  const outcome = await scratch.sourceBytes.hold(pinned.sizeBytes, () =>
    scratch.inDirectory(source.ordinal, async (directory) => {
      const inputPath = join(directory, 'source');
      await members.save(member, inputPath);
      turn.pass();
      return renderFile(work, image, directory, inputPath);
    }),
  );
  return { ...outcome, waitedMs: queueMs + (outcome.waitedMs ?? 0) };
}

/** A member of an archive. Those that need no bytes, and those that fail, pass their turn on. */
export async function renderMember(work: ImageWork, source: Source): Promise<CostedOutcome> {
  // Before anything is awaited: lanes start sources in order, and only so do turns come in the order of the archive.
  const turn = work.members.takeTurn();
  try {
    return await renderInTurn(work, source, turn);
  } finally {
    turn.pass();
  }
}
