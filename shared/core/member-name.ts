import { limits } from './limits.ts';

const driveLetter = /^[a-z]:/i;

/**
 * Why a member's name is not taken over: it means a place outside the archive to whoever unpacks one, or has no room in a key. Undefined
 * for any other name, whatever its characters are: output keys escape them reversibly.
 */
export function unsafeNameReason(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (name.includes('\0')) return 'it holds a NUL';
  if (name.startsWith('/')) return 'it is absolute';
  if (driveLetter.test(name)) return 'it begins with a drive letter';
  if (name.split('/').includes('..')) return 'it leads out of the archive';
  const nameBytes = Buffer.byteLength(name);
  if (nameBytes > limits.maxMemberNameBytes)
    return `it has ${nameBytes} bytes (at most ${limits.maxMemberNameBytes} have room in an output key)`;
  return undefined;
}

/** Enough to be found by a person. */
const shownCharacters = 200;

/** A name as results show it when it is too long for anything else. */
export function shownName(name: string): string {
  return name.length <= limits.maxMemberNameBytes ? name : `${name.slice(0, shownCharacters)}…`;
}
