import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { LaunchError } from './launch-error.mjs';

/** @type {NodeJS.Signals[]} */
const interruptSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** How often to see whether npm is still there, in ms. */
const parentCheckMs = 300;

/** After this the child is killed; the embedded stack's guardian cleans up behind it. */
const shutdownMs = 8_000;

/**
 * Runs the command and returns its exit status; 130 when a signal ended it. The IPC channel tells the child when this process
 * dies, SIGKILL included.
 *
 * @param {string} node
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>}
 */
export function supervise(node, args, env) {
  const child = spawn(node, args, { env, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of interruptSignals) process.on(signal, () => child.kill(signal));
  const watch = watchNpm(() => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), shutdownMs).unref();
  });
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new LaunchError('INTERNAL', `${node} cannot be started: ${error.message}`)));
    child.on('exit', (status, signal) => {
      clearInterval(watch);
      if (status !== null) resolve(status);
      else if (signal !== null && interruptSignals.includes(signal)) resolve(130);
      else reject(new LaunchError('INTERNAL', `the command was ended by ${signal}`));
    });
  });
}

/**
 * Under npm a SIGKILL of npm or of its shell reaches nobody else, so their process ids are watched. Without npm the parent may be
 * a shell that is left on purpose (nohup).
 *
 * @param {() => void} onGone
 */
function watchNpm(onGone) {
  if (process.env['npm_lifecycle_event'] === undefined) return undefined;
  const parent = process.ppid;
  const grandparent = isShell(parent) ? parentOf(parent) : undefined;
  const timer = setInterval(() => {
    const shellIsOrphan = grandparent !== undefined && parentOf(parent) !== grandparent;
    if (process.ppid === parent && !shellIsOrphan) return;
    clearInterval(timer);
    onGone();
  }, parentCheckMs);
  return timer.unref();
}

/**
 * From "PID (name) state PPID …"; the name may hold spaces and parentheses.
 * @param {number} pid
 */
function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = stat.lastIndexOf(')');
    return { name: stat.slice(stat.indexOf('(') + 1, end), parent: Number(stat.slice(end + 2).split(' ')[1]) };
  } catch {
    return undefined; // gone, or a system without /proc
  }
}

/** @param {number} pid */
const isShell = (pid) => /^(ba|da|z|k)?sh$/.test(statOf(pid)?.name ?? '');

/** @param {number} pid */
const parentOf = (pid) => statOf(pid)?.parent;
