import type { Prediction } from './job.ts';
import { limits } from './limits.ts';
import type { Failure } from './outcome.ts';
import {
  defaultPacking,
  envelopeBytesOf,
  packShards,
  type Cursor,
  type PackingTarget,
  type Part,
  type PartHeader,
  type ShardTemplate,
} from './plan.ts';
import type { Shard } from './shard.ts';
import type { Source } from './source.ts';
import { workPredictor } from './work.ts';

/** A source that has no ordinal yet, and where planning goes on after it. */
export interface PlannedSource {
  readonly source: Omit<Source, 'ordinal'>;
  readonly after: Cursor;
}

/** How a part ends: the sources are at their end, `error` ends the plan before that, or neither and another part follows. */
export interface PartEnd {
  readonly exhausted: boolean;
  readonly error?: Failure | undefined;
}

const imagesOf = (shards: readonly Shard[]): number => shards.reduce((sum, shard) => sum + shard.sources.length, 0);

/** Gathers the sources of one part, as many as its limits on images, bytes, work and shards allow. */
export class PartFiller {
  readonly #template: ShardTemplate & { job: string };
  readonly #target: PackingTarget;
  readonly #maxShards: number;
  readonly #predict: (sizeBytes: number | undefined) => number;
  readonly #sources: Source[] = [];
  readonly #cursors: Cursor[] = [];
  readonly #works: number[] = [];
  #bytes = 0;
  #workMs = 0;

  constructor(template: ShardTemplate & { job: string }, target: PackingTarget = defaultPacking) {
    this.#template = template;
    this.#target = target;
    this.#predict = workPredictor(template.recipe);
    const shardsByBytes = Math.floor(limits.maxPartBytes / envelopeBytesOf(template));
    this.#maxShards = Math.max(1, Math.min(limits.maxShardsPerPart, shardsByBytes));
  }

  get images(): number {
    return this.#sources.length;
  }

  /** False when the part is full and the source belongs into the next one. */
  take({ source, after }: PlannedSource): boolean {
    const numbered = { ordinal: this.#sources.length, ...source };
    const bytes = Buffer.byteLength(JSON.stringify(numbered));
    const workMs = this.#predict(source.size);
    const full =
      this.#sources.length === limits.maxImagesPerPart ||
      this.#bytes + bytes > limits.maxPartBytes ||
      this.#workMs + workMs > this.#maxShards * this.#target.maxShardWorkMs;
    if (full && this.#sources.length > 0) return false;
    this.#sources.push(numbered);
    this.#cursors.push(after);
    this.#works.push(workMs);
    this.#bytes += bytes;
    this.#workMs += workMs;
    return true;
  }

  /**
   * Packs what was taken. Packing may need more shards than a part has; the sources beyond are left to the next part.
   *
   * @param previous header of the part before; undefined for the first
   */
  build(start: Cursor, previous: PartHeader | undefined, end: PartEnd): Part {
    const { shards, images } = this.#pack();
    const bytes = this.#sources.slice(0, images).reduce((sum, source) => sum + (source.size ?? 0), 0);
    const cut = images < this.#sources.length;
    const last = (end.exhausted && !cut) || end.error !== undefined;
    const sums = { shards: shards.length, images, bytes };
    const before = previous?.total ?? { shards: 0, images: 0, bytes: 0, workMs: 0, unsizedImages: 0 };
    const header: PartHeader = {
      v: 1,
      job: this.#template.job,
      part: this.#template.part,
      ...sums,
      total: {
        shards: before.shards + sums.shards,
        images: before.images + sums.images,
        bytes: before.bytes + sums.bytes,
        ...this.#prediction(before, images),
      },
      start,
      next: last ? null : (this.#cursors[images - 1] ?? start),
      ...(end.error === undefined ? {} : { error: end.error }),
    };
    return { header, shards };
  }

  /** Of this and all earlier parts; not known when an earlier part does not say it. */
  #prediction({ workMs, unsizedImages }: Prediction, images: number): Prediction {
    if (workMs === undefined || unsizedImages === undefined) return {};
    const unsized = this.#sources.slice(0, images).filter(({ size }) => size === undefined);
    return {
      workMs: workMs + Math.round(this.#works.slice(0, images).reduce((a, b) => a + b, 0)),
      unsizedImages: unsizedImages + unsized.length,
    };
  }

  #pack(): { shards: Shard[]; images: number } {
    let shards = packShards(this.#template, this.#sources, this.#target);
    // Every message names the images of the part, so fewer sources are packed anew; each round has fewer of them.
    while (shards.length > this.#maxShards) {
      const kept = imagesOf(shards.slice(0, this.#maxShards));
      shards = packShards(this.#template, this.#sources.slice(0, kept), this.#target);
    }
    return { shards, images: imagesOf(shards) };
  }
}
