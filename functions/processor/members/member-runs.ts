import type { CutObject, PlacedMember } from './member-place.ts';

/** Read and thrown away rather than asked around: at 90 MB a second that takes 12 ms, another GET 30 ms and its price. */
export const maxGapBytes = 1_048_576;

/** Local extra fields are often some bytes longer than the directory's: Info-ZIP's by 4 to 16. Asked for beyond the last member. */
const slackBytes = 64;

export function isSameObject(a: CutObject, b: CutObject): boolean {
  return a.bucket === b.bucket && a.key === b.key && JSON.stringify(a.pin) === JSON.stringify(b.pin);
}

function continues(before: PlacedMember, next: PlacedMember): boolean {
  return (
    isSameObject(before.object, next.object) && next.start > before.start && next.start - before.end <= maxGapBytes
  );
}

const lastByteOf = ({ entry, end }: PlacedMember): number => (entry.format === 'zip' ? end + slackBytes : end);

/**
 * Cuts members, in their order, into runs: the members of one ranged GET.
 *
 * @returns by ordinal, where the body of the member's run ends (exclusive)
 */
export function endsOfRuns(members: readonly PlacedMember[]): ReadonlyMap<number, number> {
  const ends = new Map<number, number>();
  let next: PlacedMember | undefined;
  let end = 0;
  for (const member of members.toReversed()) {
    const isLastOfRun = next === undefined || !continues(member, next);
    end = isLastOfRun ? lastByteOf(member) : Math.max(end, member.end);
    ends.set(member.ordinal, end);
    next = member;
  }
  return ends;
}
