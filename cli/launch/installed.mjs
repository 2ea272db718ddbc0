import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { platform } from './platform.mjs';

/**
 * Compares what npm noted in node_modules with package-lock.json. Works after any `npm ci` or `npm install`, with or without
 * scripts, because npm writes the same notes.
 *
 * @param {string} repository
 * @returns {string | undefined} the first difference in a few words; undefined when all is there
 */
export function missingFromInstall(repository) {
  const wanted = readPackages(join(repository, 'package-lock.json'));
  if (wanted === undefined) return 'package-lock.json cannot be read';
  const present = readPackages(join(repository, 'node_modules', '.package-lock.json'));
  if (present === undefined) return 'nothing is installed yet';
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || !isNeeded(entry)) continue;
    const name = path.replace(/^.*node_modules\//, '');
    const installed = present[path];
    if (installed === undefined || !existsSync(join(repository, path))) return `${name} is missing`;
    if (installed.version !== entry.version || installed.integrity !== entry.integrity)
      return `${name} is not the version of the lockfile`;
  }
  return undefined;
}

/**
 * What this reads of an entry of the lockfile.
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, os?: string[], cpu?: string[], libc?: string[] }} Entry
 */

/**
 * @param {string[] | undefined} list
 * @param {string | undefined} own
 */
function fits(list, own) {
  return list === undefined || (own !== undefined && list.includes(own));
}

/**
 * Optional packages are those of one platform, and what only these depend on: npm leaves out what does not fit.
 *
 * @param {Entry} entry
 */
function isNeeded({ optional, os, cpu, libc }) {
  if (optional !== true) return true;
  if (os === undefined && cpu === undefined) return false;
  return fits(os, platform.os) && fits(cpu, platform.cpu) && fits(libc, platform.libc);
}

/**
 * @param {string} file
 * @returns {Record<string, Entry> | undefined}
 */
function readPackages(file) {
  try {
    /** @type {{ packages?: Record<string, Entry> }} */
    const { packages } = JSON.parse(readFileSync(file, 'utf8'));
    return packages;
  } catch {
    return undefined; // absent or cut short: an install makes it anew
  }
}
