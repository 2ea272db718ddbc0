import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const SCRIPT = join(import.meta.dirname, 'guardian.sh');

/**
 * A tiny shell process that cleans up after this one, even after SIGKILL: when its input ends it kills the process
 * groups that are still registered and removes the scratch folder.
 */
export class Guardian {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #failure: Error | undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, 'exit').then(() => {
      this.#failure = new Error('the process that cleans up after the embedded stack has ended');
    });
    // Its end is what counts, and noticed above; without a listener a write just after it would end this process.
    child.stdin?.on('error', () => undefined);
    child.unref();
  }

  static async start(scratchDir: string): Promise<Guardian> {
    const child = spawn('/bin/sh', [SCRIPT, scratchDir], {
      cwd: '/',
      detached: true,
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await once(child, 'spawn');
    return new Guardian(child);
  }

  /** @throws when the guardian itself was killed: nothing may be started that nobody would clean up */
  requireAlive(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  watch(groupId: number): void {
    this.#child.stdin?.write(`+${groupId}\n`);
  }

  forget(groupId: number): void {
    this.#child.stdin?.write(`-${groupId}\n`);
  }

  /** Removes the scratch folder and ends. */
  async close(): Promise<void> {
    this.#child.ref();
    this.#child.stdin?.end();
    await this.#ended;
  }
}
