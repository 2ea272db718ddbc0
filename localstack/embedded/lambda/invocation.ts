/** What a caller of Lambda's Invoke gets to see. */
export interface InvokeResult {
  readonly requestId: string;
  /** JSON text as the handler's runtime sent it; `{errorType, errorMessage, trace?}` when `functionError` is set. */
  readonly payload: string;
  /** Set when the function failed: threw, timed out, exited or could not be initialised. */
  readonly functionError?: 'Unhandled';
}

interface FunctionErrorPayload {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** What brought an invocation about. */
export interface InvocationCause {
  /** Of the events that it is about; default: it begins a chain. */
  readonly traceHeaders?: readonly string[];
  readonly isLastDelivery?: boolean;
}

/** One request to run a function. */
export interface Invocation {
  readonly requestId: string;
  readonly payload: string;
  readonly traceHeader: string;
  /** Its end without a response would send messages to a dead-letter queue. */
  readonly isLastDelivery: boolean;
  /** Called once, with whatever the invocation came to. */
  readonly settle: (result: InvokeResult) => void;
  /** Called instead of `settle` when the stack closes before there is a result. */
  readonly abandon: (error: StackClosedError) => void;
}

/**
 * More invocations than the function's reserved concurrency.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export class TooManyRequestsError extends Error {
  override readonly name = 'TooManyRequestsException';
}

/** The stack closed while an invocation was waiting or running; nothing is known of what it did. */
export class StackClosedError extends Error {
  override readonly name = 'StackClosedError';
}

/** The result of an invocation that the platform had to end itself. */
export function platformError(requestId: string, errorType: string, reason: string): InvokeResult {
  const payload: FunctionErrorPayload = { errorType, errorMessage: `RequestId: ${requestId} Error: ${reason}` };
  return { requestId, payload: JSON.stringify(payload), functionError: 'Unhandled' };
}
