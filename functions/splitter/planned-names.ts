import { z } from 'zod';
import type { StateStore } from '../../shared/aws/state-store.ts';
import type { PlannedSource } from '../../shared/core/part-filler.ts';
import { parseJson } from '../../shared/core/parse-json.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import { NameSet } from '../../shared/sources/name-set.ts';

/** All that is wanted of a shard: to read it as one would take several times as long. */
const NamesSchema = z.object({ sources: z.array(z.object({ name: z.string() })) });

/**
 * Names of the members of the archive that is being planned: one that goes on in another invocation must not take a second member
 * of one name. Whoever hands a plan on leaves them for the next invocation; should they be lost, they are read from the plan.
 */
export class PlannedNames {
  readonly #store: StateStore;
  readonly #job: string;
  /** Of all members that were read, planned or not. */
  #names: NameSet | undefined;

  constructor(store: StateStore, job: string) {
    this.#store = store;
    this.#job = job;
  }

  /** For an archive from its beginning. */
  none(): NameSet {
    this.#names = new NameSet();
    return this.#names;
  }

  /** For an archive that goes on in this part. */
  async before(part: number): Promise<NameSet> {
    const left = await this.#store.readBytes(stateKey.names(this.#job, part));
    this.#names = left === undefined ? await this.#ofPlan(part) : NameSet.of(left);
    return this.#names;
  }

  /** For an archive that has ended. */
  release(): void {
    this.#names = undefined;
  }

  /**
   * Leaves them for the invocation that goes on with `part`.
   *
   * @param unplanned what was read and will be read again
   */
  async leaveFor(part: number, unplanned: readonly PlannedSource[]): Promise<void> {
    if (this.#names === undefined) return;
    const again = new NameSet();
    for (const { source } of unplanned) if (!isSecond(source)) again.add(source.name);
    const bytes = this.#names.toBytes(again);
    await this.#store.create(stateKey.names(this.#job, part), bytes, 'application/octet-stream');
  }

  async #ofPlan(beforePart: number): Promise<NameSet> {
    const names = new NameSet();
    for (let part = 0; part < beforePart; part++) {
      const stored = await this.#store.read(stateKey.plan(this.#job, part));
      for (const line of stored?.text.split('\n').slice(1) ?? [])
        for (const { name } of NamesSchema.safeParse(parseJson(line)).data?.sources ?? []) names.add(name);
    }
    return names;
  }
}

/** Its name was there before it. */
function isSecond({ verdict }: PlannedSource['source']): boolean {
  return verdict?.status === 'failed' && verdict.error.code === 'KEY_COLLISION';
}
