import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Clock } from '../../../localstack/embedded/clock.ts';
import { Faults } from '../../../localstack/embedded/faults/faults.ts';

const kinds = ['slow-down', 'latency', 'message-lost'] as const;

const subjects = fc.array(fc.record({ kind: fc.constantFrom(...kinds), name: fc.constantFrom('a', 'b', 'c') }), {
  maxLength: 60,
});

/** For each kind and name whether its first, second, … occurrence strikes. */
function decisions(seed: number, asked: readonly { kind: (typeof kinds)[number]; name: string }[]) {
  const faults = new Faults(new Clock());
  faults.set({ seed, rules: kinds.map((kind) => ({ kind, rate: 0.5 })) });
  const byName: Record<string, (number | undefined)[]> = {};
  for (const { kind, name } of asked) {
    const fault = faults.due(kind, { what: 'GetObject', name });
    (byName[`${kind} ${name}`] ??= []).push(fault?.amount('delay'));
  }
  return byName;
}

/** Of a key that holds an id, again and again. */
const askedOf = (id: string) =>
  Array.from({ length: 40 }, () => ({ kind: 'latency' as const, name: `jobs/${id}/plan` }));

describe('a seed', () => {
  test('decides by kind, name and occurrence, in whatever order unrelated things come', () => {
    fc.assert(
      fc.property(fc.nat(), subjects, (seed, asked) => {
        const sorted = asked.toSorted((one, other) =>
          `${one.kind}${one.name}`.localeCompare(`${other.kind}${other.name}`),
        );
        expect(decisions(seed, sorted)).toEqual(decisions(seed, asked));
      }),
    );
  });

  test('does not care about ids that differ from run to run', () => {
    const [one] = Object.values(decisions(7, askedOf('0123456789abcdef01234567')));
    const [other] = Object.values(decisions(7, askedOf('3f2504e0-4f89-11d3-9a0c-0305e82c3301')));
    expect(one).toEqual(other);
    expect(one?.filter((amount) => amount !== undefined).length).toBeGreaterThan(5);
  });

  test('another seed decides otherwise', () => {
    const asked = Array.from({ length: 60 }, () => ({ kind: 'latency' as const, name: 'a' }));
    expect(decisions(1, asked)).not.toEqual(decisions(2, asked));
  });

  test('strikes at about its rate', () => {
    const faults = new Faults(new Clock());
    faults.set({ seed: 3, rules: [{ kind: 'latency', rate: 0.1 }] });
    for (let index = 0; index < 5000; index++) faults.strike('latency', { what: 'x', name: `key ${index}` });
    const [{ count } = { count: 0 }] = faults.injected;
    expect(count).toBeGreaterThan(400);
    expect(count).toBeLessThan(600);
  });
});
