import { ensureAssembly } from '../infra/assembly.ts';

// A process of its own, run by find-assembly.ts: bundling and synthesis leave no gap in which a signal could be heard.
try {
  const { directory } = await ensureAssembly();
  process.stdout.write(directory);
} catch (error) {
  process.stderr.write(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
