import { CliError, exitStatus } from './cli-error.ts';

/** Ctrl-C reaches this process from the terminal and again through the launcher: one wish, not two. */
const echoMs = 700;

/** A command that has not stopped by then is ended; the embedded stack's guardian cleans up behind it. */
const patienceMs = 6_000;

/**
 * Aborts at the first SIGINT, SIGTERM or SIGHUP, or when the launcher dies (its IPC channel closes); a second signal ends the
 * process at once.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  let firstAtMs: number | undefined;
  const interrupt = (why: string): void => {
    if (firstAtMs === undefined) {
      firstAtMs = performance.now();
      controller.abort(new CliError('INTERRUPTED', `interrupted by ${why}; the same command resumes`));
      setTimeout(() => process.exit(exitStatus.interrupted), patienceMs).unref();
    } else if (performance.now() - firstAtMs > echoMs) process.exit(exitStatus.interrupted);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupt(name));
  process.on('disconnect', () => interrupt('the end of its launcher'));
  process.channel?.unref();
  return controller.signal;
}
