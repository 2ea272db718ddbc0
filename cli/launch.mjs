#!/usr/bin/env node
// The first file that runs in a bare clone: plain JavaScript without dependencies, for Node 20 and later. It installs what the
// lockfile says, finds a Node that runs TypeScript, and hands over to main.ts.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LaunchError } from './launch/launch-error.mjs';
import { localEnvironment } from './launch/local-environment.mjs';

const cli = dirname(fileURLToPath(import.meta.url));
const repository = dirname(cli);

/** Commands that never leave this machine: the caller's AWS profile, endpoint and credentials are kept from them. */
const localCommands = new Set(['run', 'dev', 'check']);

/** 3: could not run (design 4.6). */
const couldNotRun = 3;

/**
 * @param {string[]} args
 * @returns {Promise<number>} the exit status
 */
async function launch(args) {
  const { ensureInstalled } = await import('./launch/install.mjs');
  await ensureInstalled(repository);
  const { findNode } = await import('./launch/find-node.mjs');
  const { supervise } = await import('./launch/supervise.mjs');
  const [command = ''] = args;
  const env = localCommands.has(command) ? localEnvironment(process.env) : process.env;
  // node:sqlite, which the embedded stack uses, is announced as experimental by each process.
  const nodeOptions = ['--disable-warning=ExperimentalWarning'];
  return supervise(findNode(repository), [...nodeOptions, join(cli, 'main.ts'), ...args], env);
}

const args = process.argv.slice(2);
try {
  process.exitCode = await launch(args);
} catch (error) {
  const { code, exitStatus, message } =
    error instanceof LaunchError ? error : { code: 'INTERNAL', exitStatus: couldNotRun, message: String(error) };
  process.stderr.write(`fanlight: ${message}\n`);
  if (args.includes('--json')) process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  process.exitCode = exitStatus;
}
