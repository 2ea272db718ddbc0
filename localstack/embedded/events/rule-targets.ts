import { StackClosedError, TooManyRequestsError } from '../lambda/invocation.ts';
import type { LambdaFunction } from '../lambda/lambda-function.ts';
import type { Queues } from '../sqs/queues.ts';
import type { RuleTargetModel } from '../template/stack-model.ts';
import { TemplateError } from '../template/template-error.ts';

export type DeliverEvent = (event: object) => void;

interface RuleTargetsOptions {
  readonly findFunction: (arn: string) => LambdaFunction | undefined;
  readonly queues: Queues;
  readonly onFailure: (error: unknown) => void;
}

/** Where rules send events: queues, and functions, which are invoked once and not waited for. */
export class RuleTargets {
  readonly #options: RuleTargetsOptions;
  readonly #invocations = new Set<Promise<void>>();

  constructor(options: RuleTargetsOptions) {
    this.#options = options;
  }

  /** Throws TemplateError when the stack has no such function or queue. */
  open(target: RuleTargetModel): DeliverEvent {
    const { findFunction, queues } = this.#options;
    const { arn } = target;
    const lambdaFunction = findFunction(arn);
    if (lambdaFunction !== undefined) return (event) => this.#invoke(lambdaFunction, payloadFor(target, event));
    if (queues.byArn(arn) === undefined) throw new TemplateError(`the stack has no function or queue ${arn}`);
    return (event) => {
      // A queue that was deleted meanwhile gets none.
      if (queues.byArn(arn) !== undefined) queues.send(arn, { body: payloadFor(target, event) });
    };
  }

  /** Resolves when no invocation is running (which the closing of the functions brings about). */
  async close(): Promise<void> {
    await Promise.all(this.#invocations);
  }

  #invoke(target: LambdaFunction, payload: string): void {
    const invocation = target.invoke(payload).then(
      () => undefined, // what the function made of it is in its log
      (error: unknown) => {
        const isLogged = error instanceof TooManyRequestsError || error instanceof StackClosedError;
        if (!isLogged) this.#options.onFailure(error);
      },
    );
    this.#invocations.add(invocation);
    void invocation.then(() => this.#invocations.delete(invocation));
  }
}

/** The target's constant, the part of the event that its path names, or the event. */
function payloadFor({ input, inputPath = '$' }: RuleTargetModel, event: object): string {
  if (input !== undefined) return input;
  const names = inputPath.split('.').slice(1);
  const selected = names.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined,
    event,
  );
  return JSON.stringify(selected ?? null);
}
