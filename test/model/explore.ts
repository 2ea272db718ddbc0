import type { PendingCall } from '../simulation/invocation.ts';
import type { World } from '../simulation/world.ts';

/** What can happen next: a call of an invocation is answered, or its process dies before or after the call's effect. */
interface Transition {
  readonly call: PendingCall;
  readonly what: 'answer' | 'crash-before' | 'crash-after';
  /** It leaves another invocation that could go on. */
  readonly preempts: boolean;
}

export interface Scenario {
  /** A world in which the invocations that are to run at once have been started. Called for every schedule. */
  readonly open: () => Promise<World>;
  /** Processes that may die in one schedule. */
  readonly crashes: number;
  /** Times that a schedule may leave an invocation that could go on; all of them when absent. */
  readonly preemptions?: number;
}

/** A decision of a schedule, and what is still to be tried in its place. */
interface Decision {
  readonly chosen: Transition;
  readonly untried: readonly Transition[];
  /** Tried already, here or before: until something interferes with them, trying them again gives nothing new. */
  readonly asleep: readonly Transition[];
}

export interface Explored {
  readonly schedules: number;
  /** Given up half-way, because another schedule differs from them only in the order of what does not interfere. */
  readonly redundant: number;
}

const keyOf = ({ call, what }: Transition): string => `${call.invocation.id}/${call.index}/${what}`;

/** Whether two transitions give the same state in either order. */
function independent(a: Transition, b: Transition): boolean {
  if (a.call.invocation.id === b.call.invocation.id) return false;
  return (
    a.what === 'crash-before' || b.what === 'crash-before' || !(touches(a.call, b.call) || touches(b.call, a.call))
  );
}

/** Whether `writer` changes what `other` reads, lists or writes. Messages sent have no order. */
function touches(writer: PendingCall, other: PendingCall): boolean {
  if (writer.access !== 'write' && writer.access !== 'conditional-write') return false;
  return other.access === 'list' ? writer.resource.startsWith(other.resource) : writer.resource === other.resource;
}

/**
 * Runs a scenario in every order that can make a difference, depth first: each schedule anew from its beginning, as far as possible
 * along the one before. Sleep sets (Godefroid, 1996) leave out orders of what does not interfere, unless preemptions are bounded. An
 * invocation's own calls are answered in the order in which it makes them.
 *
 * @param judge called at the end of each schedule
 */
export async function explore(
  scenario: Scenario,
  judge: (world: World, schedule: readonly string[]) => Promise<void>,
): Promise<Explored> {
  let path: Decision[] = [];
  let [schedules, redundant] = [0, 0];
  for (;;) {
    const world = await scenario.open();
    const complete = await run(scenario, world, path);
    if (complete) {
      schedules += 1;
      await judge(
        world,
        path.map(({ chosen }) => describe(chosen)),
      );
    } else redundant += 1;
    const last = path.findLastIndex(({ untried }) => untried.length > 0);
    if (last === -1) return { schedules, redundant };
    path = [...path.slice(0, last), nextOf(path[last])];
  }
}

function describe({ call, what }: Transition): string {
  return `${call.invocation.functionName} ${call.invocation.id}: ${what} ${call.action} ${call.resource}`;
}

function nextOf(decision: Decision | undefined): Decision {
  const [chosen, ...untried] = decision?.untried ?? [];
  if (decision === undefined || chosen === undefined) throw new Error('nothing is left to try');
  return { chosen, untried, asleep: [...decision.asleep, decision.chosen] };
}

/** Follows the path and extends it to the end of all invocations. False when everything that could happen is asleep. */
async function run(scenario: Scenario, world: World, path: Decision[]): Promise<boolean> {
  for (let depth = 0; ; depth++) {
    while (world.calls.length === 0 && world.running.length > 0) await world.pass(world.nextEventMs());
    if (world.calls.length === 0) return true;
    const before = path.slice(0, depth);
    const enabled = transitionsOf(scenario, world, before);
    const decision = path[depth] ?? decide(scenario, enabled, before);
    if (decision === undefined) return false;
    path[depth] = decision;
    const key = keyOf(decision.chosen);
    const now = enabled.find((transition) => keyOf(transition) === key);
    if (now === undefined) throw new Error(`the schedule is not reproducible: ${describe(decision.chosen)}`);
    perform(world, now);
    await world.settle();
  }
}

/** The first of what is not asleep; undefined when everything is. */
function decide(
  { preemptions }: Scenario,
  enabled: readonly Transition[],
  before: readonly Decision[],
): Decision | undefined {
  const last = before.at(-1);
  const asleep =
    last === undefined || preemptions !== undefined
      ? []
      : last.asleep.filter((transition) => independent(transition, last.chosen));
  const sleeping = new Set(asleep.map(keyOf));
  const [chosen, ...untried] = enabled.filter((transition) => !sleeping.has(keyOf(transition)));
  return chosen === undefined ? undefined : { chosen, untried, asleep };
}

function transitionsOf({ crashes, preemptions }: Scenario, world: World, before: readonly Decision[]): Transition[] {
  const first = new Map<number, PendingCall>();
  for (const call of world.calls) if (!first.has(call.invocation.id)) first.set(call.invocation.id, call);
  const current = before.at(-1)?.chosen.call.invocation.id;
  const canGoOn = current !== undefined && first.has(current);
  const used = before.filter(({ chosen }) => chosen.preempts).length;
  const mayCrash = before.filter(({ chosen }) => chosen.what !== 'answer').length < crashes;
  const all = [...first.values()].flatMap((call): Transition[] => {
    const preempts = canGoOn && call.invocation.id !== current;
    if (preempts && preemptions !== undefined && used >= preemptions) return [];
    const crashed: Transition[] = [
      { call, what: 'crash-before', preempts },
      ...(call.access === 'compute' ? [] : [{ call, what: 'crash-after', preempts } as const]),
    ];
    return [{ call, what: 'answer', preempts }, ...(mayCrash ? crashed : [])];
  });
  // What goes on comes first: later schedules differ from this one near their ends.
  return all.toSorted((a, b) => Number(a.preempts) - Number(b.preempts));
}

function perform(world: World, { call, what }: Transition): void {
  if (what === 'answer') world.answer(call);
  else world.kill(call.invocation, what === 'crash-after' ? [call] : []);
}
