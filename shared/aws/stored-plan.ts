import { parsePart, parsePartHeader, type PartHeader, type StoredPart } from '../core/plan.ts';
import { stateKey } from '../core/state-key.ts';
import type { StateStore } from './state-store.ts';

/** A header has two keys of up to 1,024 bytes, six times that where JSON escapes each, and an error of 500 characters. */
const headerRange = 'bytes=0-32767';

/** A stored part's header, without reading its shards; undefined when it is not planned yet. */
export async function readPartHeader(
  store: StateStore,
  job: string,
  part: number,
): Promise<{ header: PartHeader; modifiedMs: number } | undefined> {
  const stored = await store.read(stateKey.plan(job, part), headerRange);
  if (stored === undefined) return undefined;
  const [line = ''] = stored.text.split('\n', 1);
  return { header: parsePartHeader(line), modifiedMs: stored.modifiedMs };
}

export async function readPart(store: StateStore, job: string, part: number): Promise<StoredPart | undefined> {
  const stored = await store.read(stateKey.plan(job, part));
  return stored === undefined ? undefined : parsePart(stored.text);
}

/**
 * The newest stored part at or after `from`; undefined when `from` is not stored. Parts are stored one after the other, so
 * galloping and halving find it in about 2·log₂ requests.
 */
export async function newestPart(store: StateStore, job: string, from: number): Promise<number | undefined> {
  const stored = (part: number): Promise<boolean> => store.exists(stateKey.plan(job, part));
  if (!(await stored(from))) return undefined;
  let step = 1;
  while (await stored(from + step)) step *= 2;
  let known = from + Math.floor(step / 2);
  let missing = from + step;
  while (missing - known > 1) {
    const middle = Math.floor((known + missing) / 2);
    if (await stored(middle)) known = middle;
    else missing = middle;
  }
  return known;
}
