import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { RenderOutcome, RenderRequest } from '../../functions/processor/pool/protocol.ts';
import { serveHost } from '../../functions/processor/pool/serve-host.ts';

type Admit = (predictedBytes: number) => Promise<void>;

const rendered: RenderOutcome = { status: 'rendered', input: { format: 'fake', width: 1, height: 1 }, files: [] };

/** What a task does is said by its input path: `crash`, `needs 5000`. */
const behaviours: Readonly<
  Record<string, (argument: string, request: RenderRequest, admit: Admit) => Promise<unknown>>
> = {
  succeed: async () => {},
  say: (argument) => Promise.resolve(console.log(argument)),
  crash: async () => process.kill(process.pid, 'SIGSEGV'),
  exit: async (code) => process.exit(Number(code)),
  crashOnce: async (marker) => {
    if (existsSync(marker)) return;
    writeFileSync(marker, '');
    process.kill(process.pid, 'SIGKILL');
  },
  hang: () => new Promise(() => {}),
  loop: async () => {
    for (;;) Math.random();
  },
  eat: async (megabytes) => {
    const eaten = Buffer.alloc(Number(megabytes) * 1_000_000, 1);
    await delay(10_000, eaten);
  },
  needs: (bytes, _request, admit) => admit(Number(bytes)),
  /** Admitted or not, reports itself in a file while it runs. */
  whileFile: async (path) => {
    writeFileSync(`${path}.started`, '');
    while (existsSync(path)) await delay(5);
  },
  environment: async (path) => writeFileSync(path, JSON.stringify(process.env)),
};

async function render(_engine: undefined, request: RenderRequest, admit: Admit): Promise<RenderOutcome> {
  const [name = '', ...rest] = request.inputPath.split(' ');
  const behaviour = behaviours[name];
  if (behaviour === undefined) throw new Error(`no such behaviour: ${name}`);
  try {
    await behaviour(rest.join(' '), request, admit);
    return rendered;
  } catch (error) {
    return { status: 'failed', error: { code: 'OUT_OF_MEMORY', message: String(error) } };
  }
}

await serveHost(() => Promise.resolve(undefined), render);
