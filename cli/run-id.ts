import { randomBytes } from 'node:crypto';

/** What the keys of a run's uploads get in front, in bytes at most: the prefix of all sources and the run's id. */
export const keyPrefixBytes = 40;

/**
 * Unique among the runs into one stack; sorts by time. All hexadecimal, as ids of jobs are: names of faults leave such runs of digits
 * out, so that a seed fits the next run too.
 */
export const newRunId = (): string => `${Date.now().toString(16).padStart(12, '0')}${randomBytes(4).toString('hex')}`;
