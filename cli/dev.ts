import { once } from 'node:events';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CliError, exitStatus } from './cli-error.ts';
import type { Command, CommandContext } from './command.ts';
import { faultLines, parseFaultSeed } from './faults.ts';
import { defaultDataDir } from './job-options.ts';
import { localAccess, openLocalStack } from './local-stack.ts';
import type { LocalStack } from './local-stack.ts';
import { announceStack } from './running-stack.ts';
import { usageError } from './run-options.ts';
import { parseUrlHosts, urlHostHelp, urlHostOption } from './url-hosts.ts';

const defaultPort = 4510;

const help = `Usage: fanlight dev [options]

Keeps the pipeline running on this machine: S3, SQS and the functions behind one port of 127.0.0.1, until Ctrl-C.

Options:
  --port N            port to listen on, 0 for any free one (default ${defaultPort})
  --data DIR          where buckets and queues are kept (default ./${defaultDataDir})
  --faults SEED       let things go wrong for the functions, as SEED says; waiting for what was killed or delayed is skipped
${urlHostHelp}  --help              print this
`;

const options = {
  port: { type: 'string', default: String(defaultPort) },
  data: { type: 'string', default: defaultDataDir },
  faults: { type: 'string' },
  'url-host': urlHostOption,
} as const;

interface DevOptions {
  readonly port: number;
  readonly dataDir: string;
  readonly faultSeed: number | undefined;
  readonly urlHosts: readonly string[];
}

function parseDevOptions(args: readonly string[], cwd: string): DevOptions {
  let values: { port: string; data: string; faults?: string; 'url-host': string[] };
  try {
    ({ values } = parseArgs({ args: [...args], options }));
  } catch (error) {
    throw usageError(error, Object.keys(options));
  }
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535)
    throw new CliError('USAGE', `--port takes a number from 0 to 65535 (given ${values.port})`);
  const urlHosts = parseUrlHosts(values['url-host']);
  return { port, dataDir: resolve(cwd, values.data), faultSeed: parseFaultSeed(values.faults), urlHosts };
}

/** Ready to paste, for the AWS CLI and every SDK. */
function welcome({ stack, uploadsBucket, resultsBucket }: LocalStack): string {
  const { region, credentials } = localAccess;
  return [
    `Endpoint:       ${stack.url} (S3 and SQS)`,
    `Uploads bucket: ${uploadsBucket}`,
    `Results bucket: ${resultsBucket}`,
    '',
    `export AWS_ENDPOINT_URL=${stack.url} AWS_REGION=${region} \\`,
    `  AWS_ACCESS_KEY_ID=${credentials.accessKeyId} AWS_SECRET_ACCESS_KEY=${credentials.secretAccessKey}`,
    `aws s3 cp photo.jpg s3://${uploadsBucket}/thumbnails/`,
    `aws s3 ls --recursive s3://${resultsBucket}/renditions/`,
    '',
    'Below thumbnails/ the recipe is thumbnail, below images/ it is web. Jobs: fanlight submit, jobs, status, cancel, retry. Ctrl-C ends.',
    '',
  ].join('\n');
}

async function runDev(args: readonly string[], { cwd, signal }: CommandContext): Promise<number> {
  const { port, dataDir, faultSeed, urlHosts } = parseDevOptions(args, cwd);
  const trouble = new AbortController();
  const local = await openLocalStack({
    dataDir,
    port,
    faultSeed,
    urlHosts,
    signal,
    onProgress: (message) => process.stderr.write(`${message}\n`),
    onFailure: (error) => trouble.abort(error),
  });
  let withdraw: (() => Promise<void>) | undefined;
  try {
    withdraw = await announceStack(dataDir, local);
    if (faultSeed !== undefined) local.stack.fastForward();
    process.stdout.write(welcome(local));
    const end = AbortSignal.any([signal, trouble.signal]);
    const keepAlive = setInterval(() => {}, 60_000);
    if (!end.aborted) await once(end, 'abort');
    clearInterval(keepAlive);
    if (faultSeed !== undefined) process.stderr.write(`${faultLines(local.stack, faultSeed).join('\n')}\n`);
    trouble.signal.throwIfAborted();
    return exitStatus.interrupted;
  } finally {
    await withdraw?.();
    await local.close();
  }
}

/** `fanlight dev`. */
export const dev: Command = { summary: 'keep the pipeline running on this machine', help, run: runDev };
