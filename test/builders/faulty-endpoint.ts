import type { FaultRule } from '../../localstack/embedded/faults/fault-plan.ts';
import { Clock } from '../../localstack/embedded/clock.ts';
import { embeddedEndpoint } from './embedded-endpoint.ts';
import { objectsOf } from './s3-objects.ts';
import { queueOf } from './sqs-messages.ts';

/** An endpoint with a bucket and a queue, as its owner sees them, and as a function does that may do everything. */
export async function faultyEndpoint() {
  const clock = new Clock();
  const stack = await embeddedEndpoint({ clock });
  const { endpoint } = stack;
  endpoint.buckets.create('photos');
  const queue = await queueOf(stack.sqs, 'work');
  const Statement = { Effect: 'Allow' as const, Action: '*', Resource: '*' };
  endpoint.addPrincipal('FUNCTION', 'secret', { arn: 'arn:aws:sts::1:assumed-role/f/f', policies: [{ Statement }] });
  const { s3, sqs } = stack.clientsOf('FUNCTION');
  return {
    clock,
    faults: endpoint.faults,
    queues: endpoint.queues,
    owner: { ...objectsOf(stack.s3, 'photos'), s3: stack.s3, queue },
    limited: { ...objectsOf(s3, 'photos'), s3, sqs },
    setRules: (...rules: readonly FaultRule[]) => endpoint.faults.set({ seed: 1, rules }),
  };
}
