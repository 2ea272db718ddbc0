import { createHash, randomBytes } from 'node:crypto';
import type { FunctionModel } from '../template/stack-model.ts';

/**
 * How often one chain of events may invoke a function: "approximately 16 times".
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
export const MAX_INVOCATIONS_IN_CHAIN = 16;

const FUNCTION_HASH_LENGTH = 8;

/** How often the chain that a trace header tells of has invoked a function so far. */
export function invocationsInChain(traceHeader: string | undefined, functionArn: string): number {
  return lineageOf(traceHeader).get(functionHash(functionArn)) ?? 0;
}

/**
 * The trace header of an invocation: goes on with the trace of what caused it and counts the invocation in its `Lineage`,
 * unless the function allows loops. AWS does not say what becomes of a batch whose records belong to several chains; here the
 * longest counts.
 */
export function continueChain(
  causes: readonly string[],
  { arn, recursiveLoop }: Pick<FunctionModel, 'arn' | 'recursiveLoop'>,
): string {
  const counts = new Map<string, number>();
  for (const [hash, count] of causes.flatMap((header) => [...lineageOf(header)])) {
    counts.set(hash, Math.max(count, counts.get(hash) ?? 0));
  }
  const own = functionHash(arn);
  if (recursiveLoop === 'Terminate') counts.set(own, (counts.get(own) ?? 0) + 1);
  const root = causes.map((header) => /(?:^|;)Root=([^;]+)/u.exec(header)?.[1]).find((found) => found !== undefined);
  const lineage = [...counts].map(([hash, count]) => `${hash}:${count}`).join('|');
  return [
    `Root=${root ?? newRoot()}`,
    `Parent=${randomBytes(8).toString('hex')}`,
    'Sampled=0',
    ...(lineage === '' ? [] : [`Lineage=${lineage}`]),
  ].join(';');
}

/** Counts by function: `Lineage=a87bd80c:1|68fd508a:5`. */
function lineageOf(traceHeader: string | undefined): Map<string, number> {
  const lineage = /(?:^|;)Lineage=([^;]+)/u.exec(traceHeader ?? '')?.[1] ?? '';
  const counts = [...lineage.matchAll(/([0-9a-f]{8}):(\d{1,5})(?:\||$)/gu)];
  return new Map(counts.map(([, hash = '', count]) => [hash, Number(count)]));
}

function functionHash(functionArn: string): string {
  return createHash('sha256').update(functionArn).digest('hex').slice(0, FUNCTION_HASH_LENGTH);
}

/** https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html: version, epoch seconds, 96 random bits. */
function newRoot(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `1-${seconds.padStart(8, '0')}-${randomBytes(12).toString('hex')}`;
}
