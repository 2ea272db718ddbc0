import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { createPool } from '../../functions/processor/pool/pool.ts';
import type { Pool, PoolOptions } from '../../functions/processor/pool/pool.ts';
import type { RenderRequest } from '../../functions/processor/pool/protocol.ts';
import { builtInRecipes } from '../../shared/core/built-in-recipes.ts';

/** A path beside this file. */
export function builderPath(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** A pool of the given worker, closed when the test ends. */
export function poolOf(workerFile: string, options: Partial<PoolOptions> = {}): Pool {
  const pool = createPool({ workerPath: builderPath(workerFile), size: 2, budgetBytes: 2e9, ...options });
  onTestFinished(() => pool.close());
  return pool;
}

/** A request to a fake worker to behave in some way. */
export function behave(behaviour: string, timeoutMs = 10_000): RenderRequest {
  return { inputPath: behaviour, outputDir: '', recipe: builtInRecipes.thumbnail, timeoutMs };
}

/** A directory that goes when the test ends. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fanlight-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
