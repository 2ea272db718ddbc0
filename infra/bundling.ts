import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import type { Target } from './sharp-closure.ts';
import { installSharp } from './sharp-install.ts';

/** The five functions, in the order of the data. */
export const functionNames = ['splitter', 'processor', 'collector', 'rescuer', 'sweeper'] as const;
export type FunctionName = (typeof functionNames)[number];

/** One folder for each function, ready to be its asset: `index.mjs` exports `handler`. */
export type FunctionBundles = Readonly<Record<FunctionName, string>>;

/** The repository: what `functions/`, `shared/` and `infra/` are folders of. */
export const repositoryRoot = resolve(import.meta.dirname, '..');

/** Some packages inside the bundles are CommonJS and `require` Node's own modules, which ESM output cannot without this. */
const requireBanner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/**
 * Bundles each `<functionsRoot>/<function>/lambda.ts` into `<outDirectory>/<function>/index.mjs`, the AWS SDK included: what is
 * tested is what runs. The processor's folder also gets `worker.mjs` and sharp for `target`. Same input, same bytes.
 */
export function bundleFunctions(options: {
  outDirectory: string;
  target: Target;
  functionsRoot?: string | undefined;
}): FunctionBundles {
  const functionsRoot = resolve(options.functionsRoot ?? join(repositoryRoot, 'functions'));
  const folderOf = (name: FunctionName) => join(options.outDirectory, name);
  for (const name of functionNames) bundle(join(functionsRoot, name), folderOf(name), entriesOf(name));
  installSharp({ repository: repositoryRoot, destination: folderOf('processor'), target: options.target });
  return {
    splitter: folderOf('splitter'),
    processor: folderOf('processor'),
    collector: folderOf('collector'),
    rescuer: folderOf('rescuer'),
    sweeper: folderOf('sweeper'),
  };
}

/** Files of a function's folder by what they are called in its bundle. */
function entriesOf(name: FunctionName): Record<string, string> {
  const handler = { index: 'lambda.ts' };
  return name === 'processor' ? { ...handler, worker: 'worker.ts' } : handler;
}

function bundle(source: string, outdir: string, entries: Readonly<Record<string, string>>): void {
  buildSync({
    entryPoints: Object.entries(entries).map(([out, file]) => ({ in: join(source, file), out })),
    outdir,
    absWorkingDir: join(source, '..', '..'), // module paths end up in the output: not those of this machine
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[hash]',
    bundle: true,
    // What is imported only when needed (most of the SDK's credential providers) is not read at a cold start: 24 of 137 ms of CPU.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    external: ['sharp'],
    banner: { js: requireBanner },
    minifySyntax: true,
    minifyWhitespace: true, // identifiers stay: stack traces without source maps must remain readable
    legalComments: 'none',
    tsconfigRaw: {},
    logLevel: 'silent', // a failed build throws its messages
  });
}
