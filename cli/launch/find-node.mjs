import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LaunchError } from './launch-error.mjs';
import { platform } from './platform.mjs';

/** The first major version that runs .ts files and has node:sqlite without flags, and the runtime on Lambda. */
const minMajor = 24;

/**
 * The Node that runs everything else: the one from node_modules, else the caller's own.
 *
 * @param {string} repository
 * @returns {string} path of the executable
 */
export function findNode(repository) {
  const packaged = join(repository, 'node_modules', `node-${platform.os}-${platform.cpu}`, 'bin', 'node');
  // The package's binary is linked against glibc.
  if (platform.libc === 'glibc' && existsSync(packaged)) return packaged;
  if (Number.parseInt(process.versions.node, 10) >= minMajor) return process.execPath;
  throw new LaunchError(
    'NODE_TOO_OLD',
    `Node ${minMajor} or later is needed (this is ${process.version}, and npm has no package with one for ` +
      `${platform.os} on ${platform.cpu}). Install it from https://nodejs.org and try again.`,
  );
}
