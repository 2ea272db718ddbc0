import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ensureAssembly } from '../infra/assembly.ts';
import { CliError, isDiskFull } from './cli-error.ts';

class NotBuilt extends Error {
  override readonly name = 'NotBuilt';
}

/** @throws NotBuilt before anything that takes long */
async function cachedAssembly(): Promise<string> {
  const { directory } = await ensureAssembly({
    onProgress(message) {
      throw new NotBuilt(message);
    },
  });
  return directory;
}

export interface FindAssemblyOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
}

/**
 * The folder of the cloud assembly. One that is not cached yet is built by another process, which an interrupt ends at once.
 *
 * @throws CliError STACK_FAILED
 */
export async function findAssembly({ signal, onProgress }: FindAssemblyOptions): Promise<string> {
  try {
    return await cachedAssembly();
  } catch (error) {
    if (!(error instanceof NotBuilt)) throw error;
    onProgress(error.message);
  }
  return build(signal);
}

async function build(signal: AbortSignal): Promise<string> {
  const builder = spawn(process.execPath, [join(import.meta.dirname, 'build-assembly.ts')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = (): boolean => builder.kill('SIGKILL');
  signal.addEventListener('abort', stop);
  const [directory, reason] = await Promise.all([text(builder.stdout), text(builder.stderr), once(builder, 'close')]);
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (builder.exitCode === 0) return directory;
  throw isDiskFull(new Error(reason))
    ? new CliError('DISK_FULL', 'the disk is full: the functions cannot be built')
    : new CliError('STACK_FAILED', `the functions cannot be built: ${reason}`);
}
