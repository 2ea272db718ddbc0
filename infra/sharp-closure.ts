import { z } from 'zod';

/** Where a bundle will run. `libc` only says something on Linux: Lambda's images have glibc. */
export interface Target {
  readonly os: string;
  readonly cpu: string;
  readonly libc?: string | undefined;
}

/** npm keeps what a package's author wrote: a name or a list of names. */
const NamesSchema = z.union([z.string(), z.array(z.string())]).optional();

const LockedPackageSchema = z.looseObject({
  version: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
  os: NamesSchema,
  cpu: NamesSchema,
  libc: NamesSchema,
});
type LockedPackage = z.infer<typeof LockedPackageSchema>;

/** The part of npm's package-lock.json (lockfileVersion 2 and 3) that says what is installed where. */
export const LockfileSchema = z.looseObject({ packages: z.record(z.string(), LockedPackageSchema) });
export type Lockfile = z.infer<typeof LockfileSchema>;

/** Packages of a lockfile by their location, such as `node_modules/@img/colour`. */
export type Closure = ReadonlyMap<string, LockedPackage>;

const root = 'node_modules/sharp';

/** Sharp and all that it may load, for every platform: what a lockfile of sharp alone has to list. */
export function sharpClosure(lockfile: Lockfile): Closure {
  return closureOf(lockfile, () => true);
}

/** Sharp and what it loads on `target`: what has to travel with the function. */
export function sharpClosureFor(lockfile: Lockfile, target: Target): Closure {
  return closureOf(lockfile, (locked) => runsOn(locked, target));
}

function closureOf(lockfile: Lockfile, wanted: (locked: LockedPackage) => boolean): Closure {
  const closure = new Map<string, LockedPackage>();
  const pending = [root];
  for (let location = pending.pop(); location !== undefined; location = pending.pop()) {
    const locked = lockfile.packages[location];
    if (locked === undefined) throw new Error(`package-lock.json has no ${location}; run npm install`);
    if (closure.has(location) || !wanted(locked)) continue;
    closure.set(location, locked);
    for (const name of Object.keys({ ...locked.dependencies, ...locked.optionalDependencies })) {
      pending.push(locationOf(lockfile, location, name));
    }
  }
  return new Map([...closure].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Node's own lookup: the nearest node_modules above the package that asks. */
function locationOf(lockfile: Lockfile, from: string, name: string): string {
  for (let folder = from; folder !== ''; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const nested = `${folder}/node_modules/${name}`;
    if (lockfile.packages[nested] !== undefined) return nested;
  }
  return `node_modules/${name}`;
}

function runsOn(locked: LockedPackage, target: Target): boolean {
  return allows(locked.os, target.os) && allows(locked.cpu, target.cpu) && allows(locked.libc, target.libc);
}

function allows(listed: string | readonly string[] | undefined, actual: string | undefined): boolean {
  return listed === undefined || (actual !== undefined && [listed].flat().includes(actual));
}
