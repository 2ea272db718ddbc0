import type { Random } from '../../cli/sample/random.ts';

/** What may go wrong in one run, and how often: probabilities at each step, or for each call. */
export interface Weather {
  /** Calls under way: never made, made and not heard of, or answered with an error before or after the effect. */
  readonly crashBefore: number;
  readonly crashAfter: number;
  readonly refused: number;
  readonly unanswered: number;
  readonly conflict: number;
  /** A batch of messages of which some are not accepted; a queue that wrongly says it is empty. */
  readonly partial: number;
  /** Responses whose messages are not deleted. */
  readonly lostAcknowledgement: number;
  /** Messages that are delivered again, come back early from a running invocation, or get lost. */
  readonly duplicate: number;
  readonly earlyVisibility: number;
  readonly lostMessage: number;
  /** Acts that concern everybody. */
  readonly killAll: number;
  readonly purge: number;
  readonly deleteStatus: number;
  readonly clockJump: number;
  readonly outage: number;
}

const calm: Weather = {
  crashBefore: 0,
  crashAfter: 0,
  refused: 0,
  unanswered: 0,
  conflict: 0,
  partial: 0,
  lostAcknowledgement: 0,
  duplicate: 0,
  earlyVisibility: 0,
  lostMessage: 0,
  killAll: 0,
  purge: 0,
  deleteStatus: 0,
  clockJump: 0,
  outage: 0,
};

const crashes = { crashBefore: 0.03, crashAfter: 0.03, killAll: 0.005 };
const errors = { refused: 0.04, unanswered: 0.04, conflict: 0.03, partial: 0.1 };
const repeats = { duplicate: 0.05, earlyVisibility: 0.05, lostAcknowledgement: 0.1 };
const losses = { lostMessage: 0.03, purge: 0.01, deleteStatus: 0.02 };
const time = { clockJump: 0.01, earlyVisibility: 0.03, outage: 0.005 };

/** Some seeds have one kind of trouble in plenty, most have all. */
const kinds: readonly [Weather, ...Weather[]] = [
  { ...calm, ...crashes, ...errors, ...repeats, ...losses, ...time },
  { ...calm, ...crashes, ...errors, ...repeats, ...losses, ...time },
  { ...calm, ...crashes },
  { ...calm, ...errors },
  { ...calm, ...repeats },
  { ...calm, ...losses, ...repeats },
  { ...calm, ...time, ...crashes },
  // Nothing goes wrong, but in any order.
  calm,
];

export function weatherOf(random: Random): Weather {
  return random.pick(kinds);
}
