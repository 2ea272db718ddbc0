import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Store } from '../store.ts';
import { queueDoesNotExist } from './errors.ts';
import { settingsOf } from './queue-attributes.ts';
import type { QueueSettings } from './queue-attributes.ts';

export interface QueueRef {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
}

export interface Queue {
  readonly id: number;
  readonly name: string;
  readonly createdMs: number;
  readonly modifiedMs: number;
  /** As given; without the defaults. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly settings: QueueSettings;
}

export interface QueueRegistryOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly accountId: string;
  readonly region: string;
  /** `http://127.0.0.1:PORT`, the front of every queue URL; known once the server listens. */
  readonly baseUrl: () => string;
}

const RowSchema = z.object({
  id: z.number(),
  name: z.string(),
  created_ms: z.number(),
  modified_ms: z.number(),
  attributes: z.string(),
  tags: z.string(),
});
const TextsSchema = z.record(z.string(), z.string());

/** Which queues there are: held in memory, written through to the store. */
export class QueueRegistry {
  readonly #options: QueueRegistryOptions;
  readonly #queues = new Map<string, Queue>();
  readonly #statements;

  constructor(options: QueueRegistryOptions) {
    this.#options = options;
    const { store } = options;
    store.define(`CREATE TABLE IF NOT EXISTS queues (
      id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, created_ms INTEGER NOT NULL,
      modified_ms INTEGER NOT NULL, attributes TEXT NOT NULL, tags TEXT NOT NULL)`);
    const columns = 'id, name, created_ms, modified_ms, attributes, tags';
    this.#statements = {
      insert: store.prepare(
        `INSERT INTO queues (name, created_ms, modified_ms, attributes, tags) VALUES (?, ?, ?, ?, '{}') RETURNING ${columns}`,
      ),
      update: store.prepare('UPDATE queues SET modified_ms = ?, attributes = ?, tags = ? WHERE id = ?'),
      delete: store.prepare('DELETE FROM queues WHERE id = ?'),
    };
    for (const row of store.prepare(`SELECT ${columns} FROM queues`).all()) this.#remember(toQueue(row));
  }

  insert(name: string, attributes: Readonly<Record<string, string>>): Queue {
    const nowMs = this.#options.clock.now();
    const row = this.#statements.insert.get(name, nowMs, nowMs, JSON.stringify(attributes));
    return this.#remember(toQueue(row));
  }

  /** Stores changed attributes or tags. */
  update(queue: Queue, change: Partial<Pick<Queue, 'attributes' | 'tags'>>): void {
    const { id, attributes, tags } = { ...queue, ...change };
    const modifiedMs = this.#options.clock.now();
    this.#statements.update.run(modifiedMs, JSON.stringify(attributes), JSON.stringify(tags), id);
    this.#remember({ ...queue, modifiedMs, attributes, tags, settings: settingsOf(attributes) });
  }

  delete(queue: Queue): void {
    this.#statements.delete.run(queue.id);
    this.#queues.delete(queue.name);
  }

  /** Throws QueueDoesNotExist. */
  require(arn: string): Queue {
    const queue = this.find(arn);
    if (queue === undefined) throw queueDoesNotExist();
    return queue;
  }

  find(arn: string): Queue | undefined {
    const prefix = this.#arn('');
    return arn.startsWith(prefix) ? this.#queues.get(arn.slice(prefix.length)) : undefined;
  }

  byName(name: string): Queue | undefined {
    return this.#queues.get(name);
  }

  all(): Queue[] {
    return [...this.#queues.values()];
  }

  ref({ name }: Queue): QueueRef {
    const { accountId, baseUrl } = this.#options;
    return { name, url: `${baseUrl()}/${accountId}/${name}`, arn: this.#arn(name) };
  }

  #arn(name: string): string {
    return `arn:aws:sqs:${this.#options.region}:${this.#options.accountId}:${name}`;
  }

  #remember(queue: Queue): Queue {
    this.#queues.set(queue.name, queue);
    return queue;
  }
}

function toQueue(row: unknown): Queue {
  const { id, name, created_ms, modified_ms, attributes, tags } = RowSchema.parse(row);
  const given = TextsSchema.parse(JSON.parse(attributes));
  return {
    id,
    name,
    createdMs: created_ms,
    modifiedMs: modified_ms,
    attributes: given,
    tags: TextsSchema.parse(JSON.parse(tags)),
    settings: settingsOf(given),
  };
}
