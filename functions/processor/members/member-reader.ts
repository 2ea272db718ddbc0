import type { S3Client } from '@aws-sdk/client-s3';
import { FanlightError } from '../../../shared/core/errors.ts';
import type { Source } from '../../../shared/core/source.ts';
import { writeSourceFile } from '../source-file.ts';
import { retried } from '../unavailable.ts';
import { ForwardReader } from './forward-reader.ts';
import { memberBytes, type ReadBytes } from './member-bytes.ts';
import { isReadable, placeMember, type PlacedMember } from './member-place.ts';
import { endsOfRuns } from './member-runs.ts';
import { Turns, type Turn } from './turns.ts';

function isExpired({ entry }: PlacedMember, error: unknown): boolean {
  const isScratch = entry.format === 'tar' && entry.scratch !== undefined;
  return isScratch && error instanceof FanlightError && error.code === 'NOT_FOUND';
}

function expired(cause: unknown): FanlightError {
  const message = 'what was unpacked of the archive has expired; submit the archive again';
  return new FanlightError('NOT_FOUND', message, { cause });
}

export interface MemberReaderOptions {
  readonly s3: S3Client;
  /** Holds what was unpacked of compressed tars. */
  readonly resultsBucket: string;
  /** Aborts when the invocation is about to end. */
  readonly signal: AbortSignal;
}

/**
 * Cuts the members of one delivery out of their archives, one after the other as they lie there: a run of them costs one GET. Nothing
 * is held but what streams buffer.
 */
export class MemberReader implements Disposable {
  readonly #members: ReadonlyMap<number, PlacedMember>;
  readonly #bodyEnds: ReadonlyMap<number, number>;
  readonly #reader: ForwardReader;
  readonly #signal: AbortSignal;
  readonly #turns = new Turns();

  /** @param sources of the delivery in their order, whatever they are */
  constructor({ s3, resultsBucket, signal }: MemberReaderOptions, sources: readonly Source[]) {
    const members = sources.flatMap((source) => placeMember(source, resultsBucket) ?? []);
    this.#members = new Map(members.map((member) => [member.ordinal, member]));
    this.#bodyEnds = endsOfRuns(members.filter(isReadable));
    this.#reader = new ForwardReader(s3, signal);
    this.#signal = signal;
  }

  /** @throws Error for what the plan does not place in an archive */
  place({ ordinal, name }: Source): PlacedMember {
    const member = this.#members.get(ordinal);
    if (member === undefined) throw new Error(`the plan does not say where ${name} lies`);
    return member;
  }

  /** To be taken by each member when it is started, in order, and passed on in any case: {@link save} is for whose turn it is. */
  takeTurn(): Turn {
    return this.#turns.take();
  }

  /**
   * Writes a member, unpacked, into a file. A broken body is read again from the member's start, up to three times.
   *
   * @throws FanlightError when the archive cannot be read, ARCHIVE_CORRUPT for a damaged member; OwnOutput; Unavailable
   */
  async save(member: PlacedMember, path: string): Promise<void> {
    const { object, end, ordinal } = member;
    const bodyEnd = this.#bodyEnds.get(ordinal) ?? end;
    const read: ReadBytes = (start, lengthBytes, aheadBytes) => {
      const cut = { object, bodyEnd: Math.max(bodyEnd, start + lengthBytes + aheadBytes) };
      return this.#reader.read(cut, start, lengthBytes);
    };
    await retried(this.#signal, async () => {
      try {
        await writeSourceFile(memberBytes(member, read), path, this.#signal);
      } catch (error) {
        // Whoever unpacks may take a broken body for a damaged member.
        throw this.#reader.broken ?? (isExpired(member, error) ? expired(error) : error);
      } finally {
        this.#reader.settle();
      }
    });
  }

  /** Ends what is still open. */
  [Symbol.dispose](): void {
    this.#reader.close();
  }
}
