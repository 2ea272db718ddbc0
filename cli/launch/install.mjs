import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LaunchError } from './launch-error.mjs';
import { missingFromInstall } from './installed.mjs';

/** A line this often while npm works, in ms. */
const heartbeatMs = 5_000;

/**
 * What npm's own messages tend to leave unsaid; the first match explains.
 * @type {readonly (readonly [RegExp, string])[]}
 */
const explanations = [
  [/ENOSPC/, 'the disk is full'],
  [/EACCES|EPERM|EROFS/, 'the folder node_modules or the npm cache cannot be written'],
  [
    /ENOTFOUND|EAI_AGAIN|ENETUNREACH|ENETDOWN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENOTCACHED/,
    'the npm registry cannot be reached; is this machine online?',
  ],
  [/EINTEGRITY/, 'a downloaded package does not have the checksum of package-lock.json'],
  [/\bE(401|403|404|5\d\d)\b/, 'the npm registry refused a package'],
  [/EUSAGE/, 'package.json and package-lock.json disagree'],
];

/** @param {string} line */
function say(line) {
  process.stderr.write(`fanlight: ${line}\n`);
}

/**
 * Makes node_modules match the lockfile; does nothing, and needs no network, when it does already.
 *
 * @param {string} repository
 * @throws {LaunchError} with npm's reason
 */
export async function ensureInstalled(repository) {
  const difference = missingFromInstall(repository);
  if (difference === undefined) return;
  say(`installing the packages of package-lock.json, once (${difference})`);
  const startedAtMs = Date.now();
  const seconds = () => Math.round((Date.now() - startedAtMs) / 1000);
  const heartbeat = setInterval(() => say(`still installing (${seconds()} s)`), heartbeatMs);
  try {
    await npmCi(repository);
  } finally {
    clearInterval(heartbeat);
  }
  const stillMissing = missingFromInstall(repository);
  if (stillMissing !== undefined)
    throw new LaunchError('INSTALL_FAILED', `npm finished, but ${stillMissing}; \`npm ci\` by hand may tell more`);
  say(`installed in ${seconds()} s`);
}

/**
 * @param {string} repository
 * @returns {Promise<void>}
 */
function npmCi(repository) {
  const [command, ...first] = npmCommand();
  // Without scripts: nothing here needs one. Development packages are included whatever NODE_ENV says.
  const flags = ['--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  // npm would wait 70 s for its retries before it says that there is no network.
  const retries = ['--prefer-offline', '--fetch-retry-mintimeout=2000', '--fetch-retry-maxtimeout=10000'];
  const npm = spawn(command, [...first, 'ci', ...flags, ...retries, '--loglevel=error', '--progress=false'], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  /** @type {Buffer[]} */
  const output = [];
  npm.stdout.on('data', (/** @type {Buffer} */ chunk) => output.push(chunk));
  npm.stderr.on('data', (/** @type {Buffer} */ chunk) => output.push(chunk));
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
    npm.kill('SIGTERM');
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);
  return new Promise((resolve, reject) => {
    npm.on('error', (error) => reject(new LaunchError('INSTALL_FAILED', `npm cannot be started: ${error.message}`)));
    npm.on('close', (status) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, interrupt);
      if (interrupted) reject(new LaunchError('INTERRUPTED', 'interrupted while installing', 130));
      else if (status === 0) resolve();
      else reject(installError(Buffer.concat(output).toString()));
    });
  });
}

/** @param {string} output */
function installError(output) {
  const [, reason] = explanations.find(([pattern]) => pattern.test(output)) ?? [];
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !/A complete log of this run/.test(line));
  const said = lines.slice(0, 6).map((line) => `  ${line}`);
  return new LaunchError(
    'INSTALL_FAILED',
    ['the packages cannot be installed' + (reason === undefined ? '; npm says:' : `: ${reason}`), ...said].join('\n'),
  );
}

/**
 * The npm that runs this script, else the one beside this Node, else the one on PATH.
 * @returns {[string, ...string[]]}
 */
function npmCommand() {
  const running = process.env['npm_execpath'];
  if (running !== undefined && basename(running) === 'npm-cli.js' && existsSync(running))
    return [process.execPath, running];
  const beside = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  return existsSync(beside) ? [process.execPath, beside] : ['npm'];
}
