import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mutations, type Mutation } from './mutations.ts';

// Applies each mutation alone to a copy of the sources and runs the protocol's tests there: `node test/chaos/run-mutations.ts [NAME]`.
// Exits with 1 when a mutation survives, or does not fit the sources any more.

const repository = join(import.meta.dirname, '..', '..');
const sources = ['cli', 'functions', 'shared', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
const tests = ['test/model', 'test/chaos'];

async function copyRepository(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fanlight-mutation-'));
  for (const source of sources) await cp(join(repository, source), join(directory, source), { recursive: true });
  await symlink(join(repository, 'node_modules'), join(directory, 'node_modules'));
  return directory;
}

/** A copy that fails by itself would catch everything. */
async function checkUnmutated(): Promise<void> {
  const directory = await copyRepository();
  try {
    const { passed, output } = await runTests(directory);
    if (!passed) throw new Error(`the tests fail without any mutation: ${reasonIn(output)}`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function mutate(directory: string, { name, file, find, replace }: Mutation): Promise<void> {
  const path = join(directory, file);
  const text = await readFile(path, 'utf8');
  if (text.split(find).length !== 2) throw new Error(`${name}: ${file} does not hold once: ${find}`);
  await writeFile(
    path,
    text.replace(find, () => replace),
  );
}

/** What the tests said, and whether they passed. */
async function runTests(directory: string): Promise<{ passed: boolean; output: string }> {
  const vitest = join(directory, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', '--bail', '1', ...tests], {
    cwd: directory,
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}`, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { passed: status === 0, output: Buffer.concat(chunks).toString() };
}

function reasonIn(output: string): string {
  return /invariant \d[^\n]*|FAIL [^\n]*|Error: [^\n]*/.exec(output)?.[0].slice(0, 160) ?? 'the tests failed';
}

/** Whether some test noticed. */
async function isCaught(mutation: Mutation): Promise<boolean> {
  const directory = await copyRepository();
  try {
    await mutate(directory, mutation);
    const startedMs = performance.now();
    const { passed, output } = await runTests(directory);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
    console.log(
      `${passed ? 'SURVIVED' : 'caught'}: ${mutation.name} (${seconds} s)${passed ? '' : `: ${reasonIn(output)}`}`,
    );
    return !passed;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

await checkUnmutated();
const wanted = process.argv[2];
let survivors = 0;
for (const mutation of mutations) {
  if (wanted !== undefined && !mutation.name.includes(wanted)) continue;
  if (!(await isCaught(mutation))) survivors += 1;
}
process.exitCode = survivors === 0 ? 0 : 1;
