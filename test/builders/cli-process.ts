import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';

/** The first file of every command; runs what the caller's Node runs. */
export const launcher = resolve(import.meta.dirname, '../../cli/launch.mjs');

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another user, for what root may do and others may not. */
  readonly uid?: number;
  /** Put in front of the command, such as `sh -c 'exec "$@"' sh`. */
  readonly through?: readonly string[];
}

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly launcher: ChildProcess;
  readonly ended: Promise<CliResult>;
  /** Resolves with all of stderr and stdout so far once it matches. */
  readonly said: (pattern: RegExp) => Promise<string>;
}

function environment(env: CliOptions['env']): NodeJS.ProcessEnv {
  // npm's variables would make the launcher watch the test runner.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|VITEST|FANLIGHT_)/.test(name));
  return { ...Object.fromEntries(inherited), ...env };
}

/** Starts any other command. */
export function startProcess([command = '', ...rest]: readonly string[], { cwd, env, uid }: CliOptions): RunningCli {
  const child = spawn(command, rest, {
    cwd,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  let soFar = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (soFar += chunk.toString()));
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([stdout, stderr]): CliResult => ({ status: child.exitCode, stdout, stderr }),
  );
  const said = async (pattern: RegExp): Promise<string> => {
    while (!pattern.test(soFar)) {
      if (child.exitCode !== null) throw new Error(`the command ended without ${String(pattern)}:\n${soFar}`);
      await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), ended]);
    }
    return soFar;
  };
  return { launcher: child, ended, said };
}

/** Starts the command line as a shell would. */
export function startCli(args: readonly string[], options: CliOptions): RunningCli {
  return startProcess([...(options.through ?? []), process.execPath, launcher, ...args], options);
}

/** Runs the command line to its end. */
export function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return startCli(args, options).ended;
}

/** Runs any other command to its end. */
export function runProcess(command: readonly string[], options: Omit<CliOptions, 'through'>): Promise<CliResult> {
  return startProcess(command, options).ended;
}
