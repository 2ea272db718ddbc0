import { shownName, unsafeNameReason } from '../core/member-name.ts';
import type { FanlightError } from '../core/errors.ts';
import { failureOf } from '../core/outcome.ts';
import { claimsToBeImage, type Source, type Verdict } from '../core/source.ts';
import { memberSeparator } from '../core/source-names.ts';
import type { FoundSource } from './found.ts';
import type { Member } from './member.ts';
import type { NameSet } from './name-set.ts';

/** The archive, as its members' sources name it. */
export type MembersArchive = Pick<Source, 'name' | 'bucket' | 'key' | 'version'>;

const nameOf = (archive: MembersArchive, member: string): string => `${archive.name}${memberSeparator}${member}`;

function failed(failure: Pick<FanlightError, 'code' | 'message'>): Verdict {
  return { status: 'failed', error: failureOf(failure) };
}

/** What the name alone decides: it is safe, and nobody else's. */
function verdictOfName(archive: MembersArchive, name: string, seen: NameSet): Verdict | undefined {
  const reason = unsafeNameReason(name);
  if (reason !== undefined) return failed({ code: 'ENTRY_UNSAFE', message: `the name is not safe: ${reason}` });
  if (seen.add(nameOf(archive, name))) return undefined;
  return failed({ code: 'KEY_COLLISION', message: 'the archive holds another member of this name before this one' });
}

const isEmpty: Verdict = failed({ code: 'EMPTY_SOURCE', message: 'the member has no bytes' });

/**
 * Other things than images lie in archives, and may be empty, encrypted or links: only what claims to be an image is missed. Damage is
 * told whatever it befell.
 */
function asStray(name: string, verdict: Verdict | undefined): Verdict | undefined {
  if (verdict?.status !== 'failed' || verdict.error.code === 'ARCHIVE_CORRUPT' || claimsToBeImage(name)) return verdict;
  return { status: 'skipped', reason: 'not-an-image' };
}

/**
 * A member of an archive as a source.
 *
 * @param seen names so far, the archive's in front; the first of two of one name is taken
 */
export function memberSource(archive: MembersArchive, member: Member, seen: NameSet): FoundSource {
  const { size, entry } = member;
  // `tar -c .` and `bsdtar -a` put it before every name.
  const name = member.name.replace(/^(?:\.\/+)+/, '');
  const verdict =
    verdictOfName(archive, name, seen) ?? asStray(name, member.verdict ?? (size === 0 ? isEmpty : undefined));
  return {
    ...archive,
    name: nameOf(archive, shownName(name)),
    size,
    claimed: claimsToBeImage(name),
    attempts: 0,
    ...(verdict === undefined ? { entry } : { verdict }),
  };
}
