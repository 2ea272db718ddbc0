import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { hostTarget } from './host-target.ts';
import type { Target } from './sharp-closure.ts';

/** What a local run may size otherwise than the deployed stack; ranges and defaults as in `ImageFanoutProps`. */
export interface LocalSizes {
  /** Timeout of the processor in seconds; the shards queue's visibility timeout is six times this. */
  readonly processorTimeoutS?: number | undefined;
  /** Timeout of the other functions in seconds; their queues' visibility timeouts are six times this. */
  readonly bookkeepingTimeoutS?: number | undefined;
  /** Megabytes of a processor; every 1769 bring one worker process. */
  readonly processorMemoryMb?: number | undefined;
  /** Most processors at a time. */
  readonly maxConcurrency?: number | undefined;
}

export interface AssemblyOptions extends LocalSizes {
  /** Told in a few words before anything that takes long; never called when the assembly is cached. */
  readonly onProgress?: (message: string) => void;
  /** Folder that holds `functions/`, `shared/`, `infra/` and `package-lock.json`. Default: this repository. */
  readonly repository?: string;
  /** Folder of the cached assemblies. Default: `node_modules/.cache/fanlight` of the repository. */
  readonly cacheRoot?: string;
}

export interface Assembly {
  /** The cloud assembly: `<stackName>.template.json`, `<stackName>.assets.json` and a folder for each asset. */
  readonly directory: string;
  readonly stackName: string;
  /** Whether it was there already. */
  readonly cached: boolean;
}

const stackName = 'Fanlight';
const repositoryRoot = join(import.meta.dirname, '..');

/** Everything that decides what an assembly holds; esbuild, aws-cdk-lib and sharp through the lockfile. */
const inputs = ['functions', 'shared', 'infra', 'package-lock.json'];

/** Assemblies kept, by last use: other options and the previous sources, 20 MB each. */
const maxAssemblies = 8;
const prefix = 'assembly-';
const temporaryPrefix = '.tmp-assembly-';

/** No synthesis takes this long: whoever made the folder has died. */
const abandonedAfterMs = 3_600_000;

/**
 * The stack's cloud assembly for this machine: synthesized once for each content of the sources and options, then found in the
 * cache. Safe with several processes at once.
 * @throws Error when bundling or synthesis fails; nothing is left behind then.
 */
export async function ensureAssembly(options: AssemblyOptions = {}): Promise<Assembly> {
  const { onProgress, repository = repositoryRoot, cacheRoot, ...sizes } = options;
  const cache = cacheRoot ?? join(repository, 'node_modules', '.cache', 'fanlight');
  const target = hostTarget();
  const directory = join(cache, prefix + contentHash(repository, { sizes, target }));
  const found = { directory, stackName, cached: true };
  if (touched(directory)) return found;

  onProgress?.('building the functions');
  mkdirSync(cache, { recursive: true });
  const temporary = mkdtempSync(join(cache, temporaryPrefix));
  try {
    const { synthesize } = await import('./synthesize.ts'); // aws-cdk-lib takes half a second to load
    synthesize(temporary, { stackName, target, sizes, functionsRoot: join(repository, 'functions') });
    if (!renamed(join(temporary, 'assembly'), directory)) return found;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  removeOld(cache);
  return { ...found, cached: false };
}

function contentHash(repository: string, settings: { sizes: LocalSizes; target: Target }): string {
  const hash = createHash('sha256').update(JSON.stringify(settings));
  for (const file of inputs.flatMap((input) => filesOf(join(repository, input)))) {
    const content = readFileSync(file);
    hash.update(`\0${relative(repository, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 20);
}

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/** Marks the assembly as just used. False if there is none. */
function touched(directory: string): boolean {
  if (!existsSync(directory)) return false;
  const now = new Date();
  utimesSync(directory, now, now);
  return true;
}

/** False if another process was faster: its assembly has the same content and may be in use already. */
function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (existsSync(to)) return false;
    throw error;
  }
}

function removeOld(cacheRoot: string): void {
  const byLastUse = readdirSync(cacheRoot)
    .map((name) => ({ name, path: join(cacheRoot, name), usedAtMs: usedAtMs(join(cacheRoot, name)) }))
    .toSorted((a, b) => b.usedAtMs - a.usedAtMs);
  const old = byLastUse.filter(({ name }) => name.startsWith(prefix)).slice(maxAssemblies);
  const abandoned = byLastUse.filter(
    (folder) => folder.name.startsWith(temporaryPrefix) && folder.usedAtMs < Date.now() - abandonedAfterMs,
  );
  for (const { path } of [...old, ...abandoned]) rmSync(path, { recursive: true, force: true });
}

/** When a folder was last used; one that another process is just removing counts as unused. */
function usedAtMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
