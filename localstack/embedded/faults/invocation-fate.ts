import { killProcess } from '../lambda/process-group.ts';
import type { DueFault, Faults } from './faults.ts';

/** A request strikes at one of the first so many of an invocation; a fault due at a later one than are made does not happen. */
const MAX_REQUEST = 12;

/** What a fate can do to the environment that it is about. */
export interface Mortal {
  kill(): void;
  /** Process ids of whatever it has started, in a stable order. */
  children(): readonly number[];
}

/** The end of a process at one of its requests: before or after the request is done. */
export interface Death {
  readonly when: 'before' | 'after';
  readonly kill: () => void;
}

/** Which kills one invocation is going to meet, decided when it begins. */
export class InvocationFate {
  readonly #before: DueFault | undefined;
  readonly #during: DueFault | undefined;
  readonly #after: DueFault | undefined;
  readonly #child: DueFault | undefined;
  #requests = 0;

  /** @param spared an environment's death would be the last delivery of a message */
  constructor(faults: Faults, functionId: string, spared: boolean) {
    const due = (kind: 'killed-before' | 'killed-during' | 'killed-after' | 'worker-killed'): DueFault | undefined =>
      faults.due(kind, { what: functionId, name: '' });
    const deaths = [due('killed-before'), due('killed-during'), due('killed-after')];
    [this.#before, this.#during, this.#after] = spared && faults.sparesLastDelivery ? [] : deaths;
    this.#child = due('worker-killed');
  }

  endsAtOnce(): boolean {
    return this.#before?.happen() === true;
  }

  endsBeforeResponse(): boolean {
    return this.#after?.happen() === true;
  }

  /** To be called at each request of the environment. */
  onRequest(environment: Mortal): Death | undefined {
    this.#requests += 1;
    const child = this.#dueNow(this.#child);
    if (child !== undefined) killOne(environment.children(), child);
    const during = this.#dueNow(this.#during);
    if (during?.happen() !== true) return undefined;
    return { when: during.amount('when') < 0.5 ? 'before' : 'after', kill: () => environment.kill() };
  }

  #dueNow(fault: DueFault | undefined): DueFault | undefined {
    if (fault === undefined) return undefined;
    return this.#requests === 1 + Math.floor(fault.amount('request') * MAX_REQUEST) ? fault : undefined;
  }
}

function killOne(children: readonly number[], fault: DueFault): void {
  const victim = children[Math.floor(fault.amount('which') * children.length)];
  if (victim !== undefined && fault.happen()) killProcess(victim);
}
