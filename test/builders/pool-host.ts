import { fileURLToPath } from 'node:url';
import { createPool } from '../../functions/processor/pool/pool.ts';
import { builtInRecipes } from '../../shared/core/built-in-recipes.ts';

/** A process with a pool, which prints its worker's id and then waits to be killed, or ends by itself (`once`). */
const [behaviour = 'once'] = process.argv.slice(2);
const pool = createPool({
  workerPath: fileURLToPath(new URL('fake-worker.ts', import.meta.url)),
  size: 1,
  budgetBytes: 1e9,
});
const request = { outputDir: '', recipe: builtInRecipes.thumbnail, timeoutMs: 60_000 };
await pool.run({ ...request, inputPath: 'succeed' });
process.stdout.write(`${pool.workers()[0]?.pid}\n`);
if (behaviour !== 'once') {
  if (behaviour === 'hang') void pool.run({ ...request, inputPath: 'hang' });
  setInterval(() => {}, 1_000);
}
