import { TemplateError } from './template-error.ts';

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html: all variables of a function, names and
 * values.
 */
const MAX_VARIABLES_BYTES = 4096;

/** Reserved by the same page: Lambda sets them itself and refuses a function that names them. */
const RESERVED = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_DEFAULT_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_LAMBDA_RUNTIME_API',
  'AWS_REGION',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SECRET_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_XRAY_CONTEXT_MISSING',
  'AWS_XRAY_DAEMON_ADDRESS',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
]);

/** @throws TemplateError for variables that would make CreateFunction fail on AWS */
export function refuseReservedVariables(variables: Readonly<Record<string, string>>, where: string): void {
  const property = `${where}: property Environment.Variables`;
  const reserved = Object.keys(variables).filter((name) => RESERVED.has(name));
  if (reserved.length > 0) throw new TemplateError(`${property}: reserved by Lambda: ${reserved.join(', ')}`);
  const malformed = Object.keys(variables).filter((name) => !/^[a-zA-Z][a-zA-Z0-9_]+$/.test(name));
  if (malformed.length > 0) throw new TemplateError(`${property}: not a valid name: ${malformed.join(', ')}`);
  const bytes = Buffer.byteLength(Object.entries(variables).flat().join(''));
  if (bytes > MAX_VARIABLES_BYTES)
    throw new TemplateError(`${property}: ${bytes} bytes exceed Lambda's ${MAX_VARIABLES_BYTES}`);
}
