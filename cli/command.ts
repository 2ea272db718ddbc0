/** Where a command was called, and how it is told to stop. */
export interface CommandContext {
  /** What relative paths are relative to. */
  readonly cwd: string;
  /** Aborted with a CliError INTERRUPTED by Ctrl-C, SIGTERM, or the death of the launcher. */
  readonly signal: AbortSignal;
}

/** One command: a line for the list of commands, its help, and its work. */
export interface Command {
  readonly summary: string;
  readonly help: string;
  /** Returns the exit status. Errors are thrown, and told by main.ts. */
  run(args: readonly string[], context: CommandContext): Promise<number>;
}
