import { AsyncLocalStorage } from 'node:async_hooks';
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import { diskPrefix, type SimulatedDisk } from './simulated-disk.ts';

/** What a simulated invocation gets in the place of the machine's clock, randomness, timers and disk. */
export interface Surroundings {
  readonly nowMs: () => number;
  readonly random: () => number;
  /** Calls `fire` after so much simulated time, unless the returned function is called before. */
  readonly startTimer: (delayMs: number, fire: () => void) => () => void;
  readonly disk: SimulatedDisk;
}

/**
 * The functions ask the platform for time, randomness, timers and files. The platform's own answers would make no two runs equal,
 * so within {@link surroundings} they are the world's; outside of it, everything is as ever.
 */
export const surroundings = new AsyncLocalStorage<Surroundings>();

const RealDate = Date;
const realRandom = Math.random;
const realNow = performance.now.bind(performance);
const realSetTimeout = setTimeout;
const realClearTimeout = clearTimeout;
const realSleep = timersPromises.setTimeout;
const realCreateWriteStream = fs.createWriteStream;

class SimulatedTimer {
  readonly cancel: () => void;

  constructor(cancel: () => void) {
    this.cancel = cancel;
  }
}

function define(owner: object, name: string, value: unknown): void {
  Object.defineProperty(owner, name, { value, configurable: true, writable: true, enumerable: true });
}

function startTimeout(fire: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]): unknown {
  const world = surroundings.getStore();
  if (world === undefined) return realSetTimeout(fire, delayMs, ...args);
  return new SimulatedTimer(world.startTimer(delayMs, () => fire(...args)));
}

function cancelTimeout(timer: SimulatedTimer | NodeJS.Timeout | undefined): void {
  if (timer instanceof SimulatedTimer) timer.cancel();
  else realClearTimeout(timer);
}

async function sleep(delayMs = 0, value?: unknown, options: { signal?: AbortSignal } = {}): Promise<unknown> {
  const world = surroundings.getStore();
  if (world === undefined) return realSleep(delayMs, value, options);
  const { signal } = options;
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const cancel = world.startTimer(delayMs, () => resolve(value));
  const abort = (): void => {
    cancel();
    reject(signal?.reason);
  };
  signal?.addEventListener('abort', abort, { once: true });
  return promise.finally(() => signal?.removeEventListener('abort', abort));
}

/** The files below {@link diskPrefix} are the invocation's own. */
function diskOf(path: unknown): SimulatedDisk | undefined {
  if (typeof path !== 'string' || !path.startsWith(diskPrefix)) return undefined;
  const world = surroundings.getStore();
  if (world === undefined) throw new Error(`${path} exists within a simulated invocation only`);
  return world.disk;
}

function replaceTime(): void {
  const date = new Proxy(RealDate, {
    construct: (target, args, newTarget) => {
      const world = args.length === 0 ? surroundings.getStore() : undefined;
      const made: object = Reflect.construct(target, world === undefined ? args : [world.nowMs()], newTarget);
      return made;
    },
    get: (target, name): unknown => (name === 'now' ? now : Reflect.get(target, name)),
  });
  const now = (): number => surroundings.getStore()?.nowMs() ?? RealDate.now();
  define(globalThis, 'Date', date);
  define(performance, 'now', () => surroundings.getStore()?.nowMs() ?? realNow());
  define(Math, 'random', () => (surroundings.getStore()?.random ?? realRandom)());
  define(globalThis, 'setTimeout', startTimeout);
  define(globalThis, 'clearTimeout', cancelTimeout);
  define(timersPromises, 'setTimeout', sleep);
}

const diskOperations = ['mkdir', 'mkdtemp', 'readdir', 'readFile', 'rm', 'rmdir', 'statfs', 'unlink'] as const;

function replaceDisk(): void {
  for (const name of diskOperations) {
    const real = fsPromises[name];
    define(fsPromises, name, async (path: string, ...rest: unknown[]): Promise<unknown> => {
      const disk = diskOf(path);
      const result: unknown = disk === undefined ? Reflect.apply(real, fsPromises, [path, ...rest]) : disk[name](path);
      return result;
    });
  }
  define(fs, 'createWriteStream', (path: string, ...rest: unknown[]): unknown => {
    const disk = diskOf(path);
    const stream: unknown =
      disk === undefined ? Reflect.apply(realCreateWriteStream, fs, [path, ...rest]) : disk.openForWriting(path);
    return stream;
  });
}

replaceTime();
replaceDisk();
// Named imports of node's modules are bindings of their own.
syncBuiltinESMExports();
