import { z } from 'zod';
import { peakMemoryBytes } from './peak-memory.ts';

// A process of its own: loads the handler of a bundle and invokes it with each message that its parent sends:
// node splitter-process.ts BUNDLE INVOCATION_MS

const [, , bundle = '', invocationMs = ''] = process.argv;

type Handler = (event: unknown, context: unknown) => Promise<{ batchItemFailures: unknown[] }>;
const isHandler = (value: unknown): value is Handler => typeof value === 'function';
const { handler }: { handler?: unknown } = await import(`${bundle}/index.mjs`);
if (!isHandler(handler)) throw new Error(`${bundle} has no handler`);
const invoke = handler;

async function run(body: string): Promise<void> {
  const startedMs = performance.now();
  const attributes = { ApproximateReceiveCount: '1', SentTimestamp: '0' };
  const record = { messageId: 'message', body, attributes, eventSource: 'aws:sqs' };
  const getRemainingTimeInMillis = (): number => Number(invocationMs) - (performance.now() - startedMs);
  const { batchItemFailures } = await invoke({ Records: [record] }, { getRemainingTimeInMillis });
  const peakRssBytes = peakMemoryBytes();
  process.send?.({ failed: batchItemFailures.length, peakRssBytes });
}

process.on('message', (message) => void run(z.string().parse(message)));
process.send?.({ failed: 0, peakRssBytes: peakMemoryBytes() });
