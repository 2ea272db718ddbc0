import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { LockfileSchema, sharpClosure, sharpClosureFor } from './sharp-closure.ts';
import type { Closure, Lockfile, Target } from './sharp-closure.ts';

/**
 * Puts sharp and what it loads on `target` into `destination`/node_modules, in the versions of the root lockfile: copied
 * from the repository where they are installed (works offline), else installed by npm for that platform, once.
 */
export function installSharp(options: { repository: string; destination: string; target: Target }): void {
  const { repository, destination, target } = options;
  const lockfile = LockfileSchema.parse(readJson(join(repository, 'package-lock.json')));
  const closure = sharpClosureFor(lockfile, target);
  const source = isInstalled(repository, closure) ? repository : installedByNpm(repository, lockfile, target);
  for (const location of closure.keys()) copyPackage(join(source, location), join(destination, location));
}

function isInstalled(folder: string, closure: Closure): boolean {
  return [...closure].every(([location, locked]) => {
    const manifest = join(folder, location, 'package.json');
    return (
      existsSync(manifest) &&
      z.looseObject({ version: z.string() }).parse(readJson(manifest)).version === locked.version
    );
  });
}

/** A folder below the cache, named after everything that decides its content, so that a new version meets a new folder. */
function installedByNpm(repository: string, lockfile: Lockfile, target: Target): string {
  const packages = Object.fromEntries(sharpClosure(lockfile));
  const version = packages['node_modules/sharp']?.version;
  const manifest = { name: 'fanlight-processor', version: '0.0.0', private: true, dependencies: { sharp: version } };
  const lock = JSON.stringify({ ...manifest, lockfileVersion: 3, packages: { '': manifest, ...packages } });
  const hash = createHash('sha256').update(lock).update(JSON.stringify(target)).digest('hex').slice(0, 16);

  const cache = join(repository, 'node_modules', '.cache', 'fanlight');
  const folder = join(cache, `sharp-${target.os}-${target.cpu}-${hash}`);
  if (existsSync(folder)) return folder;

  mkdirSync(cache, { recursive: true });
  const temporary = mkdtempSync(join(cache, '.tmp-sharp-'));
  try {
    writeFileSync(join(temporary, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(temporary, 'package-lock.json'), lock);
    npmCi(temporary, target);
    renameSync(temporary, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error; // another process was faster: its folder holds the same
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}

function npmCi(folder: string, target: Target): void {
  const platform = [`--os=${target.os}`, `--cpu=${target.cpu}`, ...(target.libc ? [`--libc=${target.libc}`] : [])];
  try {
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', ...platform], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32', // npm is npm.cmd there, which Node only starts through a shell
    });
  } catch (error) {
    throw new Error(`npm could not install sharp for another platform (given ${target.os} ${target.cpu})`, {
      cause: error,
    });
  }
}

/** What only compilers, editors and people read; licences stay. It keeps a tenth of sharp's files out of every cold start. */
const unread = /\.(md|d\.[cm]?ts|h|cc|gyp|map)$/;
const unreadFolders = new Set(['src', 'install', 'include', 'man']);

function copyPackage(from: string, to: string): void {
  cpSync(from, to, {
    recursive: true,
    filter: (path) => path === from || isNeededAtRuntime(basename(path)),
  });
}

function isNeededAtRuntime(name: string): boolean {
  if (/^licen[cs]e/i.test(name)) return true;
  return !unread.test(name) && !unreadFolders.has(name) && name !== 'node_modules';
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
