import type { Member } from '../member.ts';
import { formatTarCursor } from './cursor.ts';
import type { TarFile } from './walk.ts';

/** Where members of a compressed tar are put, unpacked. */
export interface ScratchWriter {
  /**
   * Writes scratch object number `index`, from 0 on; the same archive gives the same bytes for it at any time.
   *
   * @param body not to be used any more once the write is over
   * @returns its key in the results bucket
   */
  write(index: number, body: Uint8Array): Promise<string>;
}

/**
 * Bytes of a scratch object, unless one member alone has more: a PUT takes 0.4 s, and so few of them cost nothing beside the
 * renditions; a shard of photos still finds all its members in one or two.
 */
const scratchBytes = 33_554_432;
/** Members of a scratch object, and characters of their names: bound what waits for it to be written. */
const maxWaiting = 10_000;
const maxWaitingNameLength = 4_194_304;

interface WaitingFile {
  readonly file: TarFile;
  /** In the scratch object; undefined for what failed. */
  readonly scratchOffset: number | undefined;
}

/** Packs the members of a tar one after the other into scratch objects, and hands them out once those are written. */
export class ScratchPacker {
  readonly #writer: ScratchWriter;
  /** Offset of the cursor; members before it are packed, but not handed out. */
  readonly #resumeAt: number;
  readonly #maxMemberBytes: number;
  #buffer = Buffer.allocUnsafeSlow(scratchBytes);
  #usedBytes = 0;
  #waiting: WaitingFile[] = [];
  #waitingNameLength = 0;
  #index = 0;

  constructor(writer: ScratchWriter, resumeAt: number, maxMemberBytes: number) {
    this.#writer = writer;
    this.#resumeAt = resumeAt;
    this.#maxMemberBytes = maxMemberBytes;
  }

  /** Whether a member of so many bytes goes into the present scratch object; else flush first. */
  hasRoomFor(sizeBytes: number): boolean {
    return this.#usedBytes === 0 || this.#usedBytes + sizeBytes <= scratchBytes;
  }

  get isFull(): boolean {
    return this.#waiting.length >= maxWaiting || this.#waitingNameLength >= maxWaitingNameLength;
  }

  /** Where the data of the next member are to be put. */
  roomFor(sizeBytes: number): Uint8Array {
    // Once, as large as any member may be: pages that no member ever reached take no memory, and outgrown buffers would.
    if (sizeBytes > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(this.#maxMemberBytes);
    return this.#buffer.subarray(this.#usedBytes, this.#usedBytes + sizeBytes);
  }

  /** Takes a member whose data are in the room made for them. */
  addPacked(file: TarFile): void {
    this.#wait({ file, scratchOffset: this.#usedBytes });
    this.#usedBytes += file.sizeBytes;
  }

  /** Takes a member that has a failure instead of data. */
  addFailed(file: TarFile): void {
    this.#wait({ file, scratchOffset: undefined });
  }

  #wait(waiting: WaitingFile): void {
    this.#waiting.push(waiting);
    this.#waitingNameLength += waiting.file.name.length;
  }

  /** Writes what waits, if a member behind the cursor is in it, and hands out those members. */
  async *flush(): AsyncGenerator<Member> {
    const waiting = this.#waiting;
    const body = this.#buffer.subarray(0, this.#usedBytes);
    const index = this.#index;
    this.#waiting = [];
    this.#waitingNameLength = 0;
    this.#usedBytes = 0;
    if (waiting.some(({ scratchOffset }) => scratchOffset !== undefined)) this.#index += 1;
    const due = waiting.filter(({ file }) => file.next.offset > this.#resumeAt);
    const isNeeded = due.some(({ scratchOffset }) => scratchOffset !== undefined);
    const key = isNeeded ? await this.#writer.write(index, body) : undefined;
    for (const { file, scratchOffset } of due) yield memberOf(file, key, scratchOffset);
  }
}

function memberOf(file: TarFile, key: string | undefined, scratchOffset: number | undefined): Member {
  const { name, sizeBytes: size, dataOffset, failure, next } = file;
  const after = formatTarCursor(next);
  if (failure !== undefined) return { name, size, verdict: { status: 'failed', error: failure }, after };
  if (key === undefined || scratchOffset === undefined) throw new Error(`'${name}' is in no scratch object`);
  return { name, size, entry: { format: 'tar', offset: dataOffset, scratch: { key, offset: scratchOffset } }, after };
}
