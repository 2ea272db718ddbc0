/**
 * The process of an execution environment: loads the function's bundle and speaks the Lambda Runtime API.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html; error names and messages are those of
 * https://github.com/aws/aws-lambda-nodejs-runtime-interface-client. Plain JavaScript: Node strips no types in
 * node_modules.
 */
import { existsSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const api = new URL(`http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/`);
const agent = new Agent({ keepAlive: true });
const moduleExtensions = ['', '.js', '.mjs', '.cjs'];

/** The machine's time; `Date` is the stack's, which tests and `--faults` put forward. */
const MachineDate = Date;
let clockOffsetMs = 0;

/** Set while the handler runs: an uncaught error is then the error of this invocation. */
let currentRequestId;

process.on('uncaughtException', (error) => void exitWith(error, 129));
process.on('unhandledRejection', (reason) => {
  void exitWith(named('Runtime.UnhandledPromiseRejection', String(reason), reason), 128);
});

let handler;
try {
  handler = await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env['_HANDLER']);
} catch (error) {
  await exitWith(error, 1);
}
for (;;) {
  await serveInvocation(handler);
  // Output that is still in this process would be frozen with it.
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))));
}

async function serveInvocation(handle) {
  const { headers, body } = await call('GET', 'invocation/next');
  setClock(Number(headers['embedded-clock-offset-ms']));
  process.env['_X_AMZN_TRACE_ID'] = headers['lambda-runtime-trace-id'];
  const context = createContext(headers);
  currentRequestId = context.awsRequestId;
  const path = `invocation/${currentRequestId}/`;
  let response;
  try {
    response = serialize(await handle(JSON.parse(body), context));
  } catch (error) {
    console.error(`${new Date().toISOString()}\t${currentRequestId}\tERROR\tInvoke Error`, error);
    await postError(`${path}error`, error);
    currentRequestId = undefined;
    return;
  }
  await call('POST', `${path}response`, response);
  currentRequestId = undefined;
}

function serialize(result) {
  try {
    return JSON.stringify(result === undefined ? null : result);
  } catch {
    throw named('Runtime.JSONStringifyError', 'Unable to stringify response body');
  }
}

function createContext(headers) {
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms']);
  return {
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => deadlineMs - MachineDate.now(),
  };
}

/** A function compares its own time with that of objects and messages, so it has to be the same. */
function setClock(offsetMs) {
  clockOffsetMs = offsetMs;
  if (offsetMs === 0 || Date !== MachineDate) return;
  const now = () => MachineDate.now() + clockOffsetMs;
  globalThis.Date = new Proxy(MachineDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new Date().toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
}

async function loadHandler(taskRoot, handlerName) {
  const [moduleName, exportName] = handlerName.split('.');
  const path = moduleExtensions.map((extension) => resolve(taskRoot, moduleName + extension)).find(existsSync);
  if (path === undefined) throw named('Runtime.ImportModuleError', `Error: Cannot find module '${moduleName}'`);
  const module = await importModule(path);
  const found = module[exportName] ?? module.default?.[exportName];
  if (typeof found !== 'function') {
    throw named('Runtime.HandlerNotFound', `${handlerName} is undefined or not exported`);
  }
  if (found.length >= 3) {
    throw named(
      'Runtime.CallbackHandlerDeprecated',
      'AWS Lambda has removed support for callback-based function handlers starting with Node.js 24.',
    );
  }
  return found;
}

async function importModule(path) {
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    if (error instanceof SyntaxError) throw named('Runtime.UserCodeSyntaxError', String(error), error);
    const missing = ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes(error?.code);
    throw missing ? named('Runtime.ImportModuleError', String(error), error) : error;
  }
}

/** Reports and ends the process, as the runtime does on an error that nobody caught; the environment is lost. */
async function exitWith(error, exitCode) {
  console.error(error);
  try {
    await postError(currentRequestId === undefined ? 'init/error' : `invocation/${currentRequestId}/error`, error);
  } finally {
    process.exit(exitCode);
  }
}

async function postError(path, error) {
  const isError = error instanceof Error;
  const errorType = isError ? error.name : typeof error;
  const errorMessage = isError ? error.message : String(error);
  const trace = isError && error.stack ? error.stack.split('\n') : [];
  await call('POST', path, JSON.stringify({ errorType, errorMessage, trace }), {
    'Lambda-Runtime-Function-Error-Type': encodeURIComponent(errorType),
  });
}

function named(name, message, cause) {
  const error = new Error(message, { cause });
  error.name = name;
  return error;
}

function call(method, path, body, headers = {}) {
  return new Promise((fulfil, reject) => {
    const outgoing = request(new URL(path, api), { method, agent, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => fulfil({ headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
