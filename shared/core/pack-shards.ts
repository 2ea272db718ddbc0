import { escapeRefused } from './escape-refused.ts';
import { limits } from './limits.ts';
import type { Shard, Target } from './shard.ts';
import type { Source } from './source.ts';
import { shardId } from './state-key.ts';
import { workPredictor } from './work.ts';

/** What packing aims at. Predicted work decides, not the count of images. */
export interface PackingTarget {
  /** Most work of one shard, in ms of one vCPU. An image above it is alone in its shard. */
  readonly maxShardWorkMs: number;
  /** Shards that a part is cut into when there is work for them, so that small jobs use several environments. */
  readonly parallelism: number;
}

/** 10 s of work amortise a shard's six requests to below 1 % of its price; 50 is the default maximum concurrency. */
export const defaultPacking: PackingTarget = { maxShardWorkMs: 10_000, parallelism: 50 };

/** A shard below this is mostly overhead. */
const minShardWorkMs = 400;

/** What all shards of a part have in common. */
export type ShardTemplate = Omit<Shard, 'shard' | 'sources' | 'partImages'>;

/** A numbered source, and what is made of it if that is not what the template says. */
export interface PackedImage {
  readonly source: Source;
  readonly target?: Target | undefined;
  /** Of the source as JSON, where it is known already. */
  readonly bytes?: number | undefined;
}

/** Bytes of a source in a message. */
export function bytesOfSource(source: Source): number {
  return bytesInMessage(source) + 1;
}

const bytesInMessage = (value: unknown): number => Buffer.byteLength(escapeRefused(JSON.stringify(value)));

/** Recording a known outcome takes next to nothing; not nothing, so that a shard of them has an end. */
const settledWorkMs = 0.05;

/** Predicts the work of images, in ms of one vCPU, by what is made of them. */
export class WorkOfImages {
  readonly #template: Target;
  readonly #predictors = new Map<Target, ReturnType<typeof workPredictor>>();

  constructor(template: Target) {
    this.#template = template;
  }

  of({ verdict, size }: Pick<Source, 'verdict' | 'size'>, target: Target = this.#template): number {
    if (verdict !== undefined) return settledWorkMs;
    let predict = this.#predictors.get(target);
    if (predict === undefined) {
      predict = workPredictor(target.recipe);
      this.#predictors.set(target, predict);
    }
    return predict(size);
  }
}

/** How many bytes of a message are not its sources. */
export function envelopeBytesOf(template: ShardTemplate): number {
  return bytesInMessage(template) + 100;
}

interface Group {
  readonly template: ShardTemplate;
  readonly sources: Source[];
  workMs: number;
  bytes: number;
}

/** Cuts numbered sources into shards by predicted work and by what is made of them, in order, within the limits on images and message bytes. */
export function packShards(
  template: ShardTemplate,
  images: readonly PackedImage[],
  packing: PackingTarget = defaultPacking,
): Shard[] {
  const workOf = new WorkOfImages(template);
  const works = images.map(({ source, target }) => workOf.of(source, target));
  const total = works.reduce((a, b) => a + b, 0);
  const shardWorkMs = Math.min(packing.maxShardWorkMs, Math.max(minShardWorkMs, total / packing.parallelism));

  const groups: Group[] = [];
  let groupTarget: Target | undefined;
  for (const [index, image] of images.entries()) {
    const { source, target, bytes = bytesOfSource(source) } = image;
    const workMs = works[index] ?? 0;
    let current = groups.at(-1);
    if (
      current === undefined ||
      target !== groupTarget ||
      current.workMs + workMs > shardWorkMs ||
      current.bytes + bytes > limits.maxShardBytes ||
      current.sources.length >= limits.maxImagesPerShard
    ) {
      const own = target === undefined ? template : { ...template, ...target };
      current = { template: own, sources: [], workMs: 0, bytes: envelopeBytesOf(own) };
      groups.push(current);
      groupTarget = target;
    }
    current.sources.push(source);
    current.workMs += workMs;
    current.bytes += bytes;
  }
  return groups.map(({ template: own, sources }, index) => ({
    ...own,
    shard: shardId(index),
    partImages: images.length,
    sources,
  }));
}
