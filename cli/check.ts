import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { mapConcurrently } from '../shared/core/map-concurrently.ts';
import type { Command, CommandContext } from './command.ts';
import { exitStatus } from './cli-error.ts';

const repository = join(import.meta.dirname, '..');
const bin = join(repository, 'node_modules', '.bin');

interface Check {
  readonly name: string;
  readonly command: readonly string[];
}

/** Each uses a core and a bit. */
const concurrency = 2;

const checks: readonly Check[] = [
  { name: 'types', command: ['tsc', '--project', repository] },
  {
    name: 'lint',
    command: ['oxlint', '--type-aware', '--report-unused-disable-directives-severity=error', '--deny-warnings'],
  },
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'unused code', command: ['knip', '--no-progress'] },
];

const help = `Usage: npm test [-- VITEST ARGUMENT...]

The repository's own tests: types, lint, format, unused code, then vitest with the given arguments.
`;

/** The tools are found, and run by the Node that runs this. */
function toolEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: [dirname(process.execPath), bin, process.env['PATH'] ?? ''].join(delimiter) };
}

async function runTool(
  [command, ...args]: readonly string[],
  stdio: 'inherit' | 'pipe',
  signal: AbortSignal,
): Promise<{ passed: boolean; output: string }> {
  const child = spawn(join(bin, command ?? ''), args, {
    cwd: repository,
    env: toolEnvironment(),
    stdio: ['ignore', stdio, stdio],
  });
  const stop = (): boolean => child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  return { passed: status === 0, output: Buffer.concat(chunks).toString() };
}

/** Runs one of the checks and says how it went. */
async function passes({ name, command }: Check, signal: AbortSignal): Promise<boolean> {
  const startedAtMs = performance.now();
  const { passed, output } = await runTool(command, 'pipe', signal);
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  process.stderr.write(`${passed ? '✓' : '✗'} ${name} (${seconds} s)\n${passed ? '' : output}`);
  return passed;
}

async function runChecks(args: readonly string[], { signal }: CommandContext): Promise<number> {
  process.stderr.write(`checking ${checks.map(({ name }) => name).join(', ')}\n`);
  const outcomes = await mapConcurrently(checks, concurrency, (check) => passes(check, signal));
  if (outcomes.includes(false)) return exitStatus.someFailed;
  const { passed } = await runTool(['vitest', 'run', ...args], 'inherit', signal);
  return passed ? exitStatus.ok : exitStatus.someFailed;
}

/** `npm test`. */
export const check: Command = { summary: "the repository's own tests", help, run: runChecks };
