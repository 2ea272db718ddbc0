import { join } from 'node:path';
import { nearestName } from '../shared/core/explain.ts';
import { CliError, endingOf, exitStatus, lineOf } from './cli-error.ts';
import type { Command } from './command.ts';
import { interruptSignal } from './interrupt.ts';

/** Each is loaded when it is asked for: `run` brings the AWS SDK, `check` nothing. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./run.ts')).run,
  dev: async () => (await import('./dev.ts')).dev,
  submit: async () => (await import('./submit.ts')).submit,
  jobs: async () => (await import('./jobs.ts')).jobs,
  status: async () => (await import('./status.ts')).status,
  cancel: async () => (await import('./cancel.ts')).cancel,
  retry: async () => (await import('./retry.ts')).retry,
  check: async () => (await import('./check.ts')).check,
};

async function overview(): Promise<string> {
  const loaded = await Promise.all(Object.entries(commands).map(async ([name, load]) => ({ name, ...(await load()) })));
  const lines = loaded.map(({ name, summary }) => `  ${name.padEnd(8)}${summary}`);
  return ['Usage: fanlight <command> [options]', '', ...lines, '', 'fanlight <command> --help tells more.', ''].join(
    '\n',
  );
}

function unknownCommand(name: string): CliError {
  const suggestion = nearestName(name, Object.keys(commands));
  const known = `commands: ${Object.keys(commands).join(', ')}`;
  if (name === '' || name.startsWith('-')) return new CliError('USAGE', `which command? (${known})`);
  const hint = suggestion === undefined ? known : `did you mean ${suggestion}?`;
  return new CliError('USAGE', `${name} is not a command; ${hint}`, suggestion === undefined ? {} : { suggestion });
}

/** npm changes to the package's folder and leaves the caller's in INIT_CWD, which later processes inherit: it counts only there. */
function callersFolder(): string {
  const repository = join(import.meta.dirname, '..');
  return (process.cwd() === repository ? process.env['INIT_CWD'] : undefined) ?? process.cwd();
}

async function main([name = '', ...args]: readonly string[]): Promise<number> {
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(await overview());
    return exitStatus.ok;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) throw unknownCommand(name);
  const signal = interruptSignal();
  const command = await load();
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(command.help);
    return exitStatus.ok;
  }
  return command.run(args, { cwd: callersFolder(), signal });
}

/** The one place that turns what was thrown into what a caller sees. */
function fail(thrown: unknown, args: readonly string[]): number {
  const ending = endingOf(thrown);
  process.stderr.write(`${lineOf(ending)}\n`);
  if (process.env['FANLIGHT_DEBUG'] !== undefined) console.error(thrown);
  if (args.includes('--json')) process.stdout.write(`${JSON.stringify(ending.document)}\n`);
  return ending.status;
}

const args = process.argv.slice(2);
// What a callback threw: the same line and status; the guardian of the embedded stack cleans up.
process.on('uncaughtException', (error) => process.exit(fail(error, args)));
try {
  process.exitCode = await main(args);
} catch (error) {
  process.exitCode = fail(error, args);
}
