import { FanlightError } from '../../../shared/core/errors.ts';
import type { Recipe } from '../../../shared/core/recipe.ts';
import { HostMessageSchema } from './protocol.ts';
import type { HostMessage, RendererVersions, RenderOutcome, RenderRequest, WorkerMessage } from './protocol.ts';

/** Asked with the predicted bytes before any pixel is decoded; rejects when they can never be had. */
type Admit = (predictedBytes: number) => Promise<void>;
type Render<Engine> = (engine: Engine, request: RenderRequest, admit: Admit) => Promise<RenderOutcome>;

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}

function send(message: WorkerMessage): void {
  process.send?.(message);
}

/** The worker's side of the protocol: one task at a time, until the host goes. */
class HostConnection<Engine> {
  readonly #engine: Engine;
  readonly #render: Render<Engine>;
  #recipe: Recipe | undefined;
  #admitted: (() => void) | undefined;

  constructor(engine: Engine, render: Render<Engine>) {
    this.#engine = engine;
    this.#render = render;
  }

  async receive(received: unknown): Promise<void> {
    const message = HostMessageSchema.parse(received);
    if (message.type === 'recipe') this.#recipe = message.recipe;
    else if (message.type === 'admitted') this.#admitted?.();
    else await this.#work(message);
  }

  async #work({ task, shareBytes, budgetBytes }: Extract<HostMessage, { type: 'render' }>): Promise<void> {
    if (this.#recipe === undefined) throw new Error('a task came before its recipe');
    const request = { ...task, recipe: this.#recipe };
    const outcome = await this.#render(this.#engine, request, (bytes) => this.#admit(bytes, shareBytes, budgetBytes));
    send({ type: 'done', outcome, rssBytes: process.memoryUsage.rss() });
  }

  async #admit(bytes: number, shareBytes: number, budgetBytes: number): Promise<void> {
    if (bytes <= shareBytes) return;
    if (bytes > budgetBytes) {
      const message = `the image needs about ${megabytes(bytes)} and there are ${megabytes(budgetBytes)}`;
      throw new FanlightError('OUT_OF_MEMORY', message);
    }
    const admission = Promise.withResolvers<void>();
    this.#admitted = admission.resolve;
    send({ type: 'needs-memory', bytes });
    await admission.promise;
  }
}

/** Loads the engine, says so to the host that forked this process, and renders what it asks for. */
export async function serveHost<Engine>(
  load: () => Promise<Engine>,
  render: Render<Engine>,
  versionsOf?: (engine: Engine) => RendererVersions,
): Promise<void> {
  if (process.send === undefined) throw new Error('a worker runs only as a child of the pool');
  // The host decides what a Ctrl-C at the terminal means for images in work.
  process.on('SIGINT', () => {});
  // Without its host a worker must not linger, and libvips's threads must not delay it.
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  let engine: Engine;
  try {
    engine = await load();
  } catch (error) {
    send({ type: 'unusable', message: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) });
    return;
  }
  const connection = new HostConnection(engine, render);
  process.on('message', (message) => void connection.receive(message));
  send({ type: 'ready', ...(versionsOf === undefined ? {} : { versions: versionsOf(engine) }) });
}
