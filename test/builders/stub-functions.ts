import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { functionNames } from '../../infra/bundling.ts';
import type { FunctionBundles } from '../../infra/bundling.ts';

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'fanlight-test-'));
}

/** A folder like `functions/`: each handler returns the function's name, the worker prints what sharp says of itself. */
export function stubFunctions(parent: string): string {
  const root = join(parent, 'functions');
  for (const name of functionNames) {
    write(join(root, name), 'lambda.ts', `export const handler = async (): Promise<string> => '${name}';\n`);
  }
  const worker = `import sharp from 'sharp';\nconsole.log(JSON.stringify(await sharp({ create: { width: 3, height: 2, channels: 3, background: 'red' } }).jpeg().toBuffer().then((jpeg) => sharp(jpeg).metadata())));\n`;
  write(join(root, 'processor'), 'worker.ts', worker);
  return root;
}

/** Bundles that hold next to nothing, for tests that only look at the template. */
export function stubBundles(parent: string): FunctionBundles {
  const stub = (name: string): string => {
    const folder = join(parent, name);
    write(folder, 'index.mjs', `export const handler = async () => '${name}';\n`);
    return folder;
  };
  return {
    splitter: stub('splitter'),
    processor: stub('processor'),
    collector: stub('collector'),
    rescuer: stub('rescuer'),
    sweeper: stub('sweeper'),
  };
}

function write(folder: string, name: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text);
}
