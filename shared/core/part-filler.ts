import { expandRenditions } from './renditions.ts';
import type { Prediction } from './job.ts';
import { limits } from './limits.ts';
import type { Failure } from './outcome.ts';
import {
  bytesOfSource,
  defaultPacking,
  envelopeBytesOf,
  packShards,
  WorkOfImages,
  type PackedImage,
  type PackingTarget,
  type ShardTemplate,
} from './pack-shards.ts';
import type { Cursor, Part, PartHeader } from './plan.ts';
import type { Shard, Target } from './shard.ts';
import type { Source } from './source.ts';

/** A source that has no ordinal yet, and where planning goes on after it. */
export interface PlannedSource {
  readonly source: Omit<Source, 'ordinal'>;
  readonly after: Cursor;
  /** What is made of it, if that is not the job's. */
  readonly target?: Target | undefined;
}

/** How a part ends: the sources are at their end, `error` ends the plan before that, or neither and another part follows. */
export interface PartEnd {
  readonly exhausted: boolean;
  readonly error?: Failure | undefined;
}

/** What is the same in all parts of a job. */
export interface PartPacking {
  readonly packing: PackingTarget;
  /** What sources of the job may have made of them. */
  readonly targets: readonly Target[];
}

const noSums = { shards: 0, images: 0, bytes: 0 };
const noPrediction = { workMs: 0, unsizedImages: 0, settledImages: 0, memberImages: 0, renditions: 0 };

/** Gathers the sources of one part, as many as its limits on images, bytes, work and shards allow. */
export class PartFiller {
  readonly #template: ShardTemplate & { job: string };
  readonly #packing: PackingTarget;
  readonly #maxShards: number;
  readonly #work: WorkOfImages;
  readonly #images: PackedImage[] = [];
  readonly #cursors: Cursor[] = [];
  readonly #works: number[] = [];
  #bytes = 0;
  #workMs = 0;

  constructor(
    template: ShardTemplate & { job: string },
    { packing, targets }: PartPacking = { packing: defaultPacking, targets: [] },
  ) {
    this.#template = template;
    // Who has to wait for more than one part has enough work for all processors.
    this.#packing = template.part === 0 ? packing : { ...packing, parallelism: 1 };
    this.#work = new WorkOfImages(template);
    const envelopeBytes = Math.max(...[template, ...targets].map((own) => envelopeBytesOf({ ...template, ...own })));
    const shardsByBytes = Math.floor(limits.maxPartBytes / envelopeBytes);
    this.#maxShards = Math.max(1, Math.min(limits.maxShardsPerPart, shardsByBytes));
  }

  get images(): number {
    return this.#images.length;
  }

  /** False when the part is full and the source belongs into the next one. */
  take({ source, after, target }: PlannedSource): boolean {
    const numbered = { ordinal: this.#images.length, ...source };
    const bytes = bytesOfSource(numbered);
    const workMs = this.#work.of(source, target);
    const full =
      this.#images.length === limits.maxImagesPerPart ||
      this.#bytes + bytes > limits.maxPartBytes ||
      this.#workMs + workMs > this.#maxShards * this.#packing.maxShardWorkMs;
    if (full && this.#images.length > 0) return false;
    this.#images.push({ source: numbered, target, bytes });
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
    const taken = this.#images.slice(0, images);
    const cut = images < this.#images.length;
    const last = (end.exhausted && !cut) || end.error !== undefined;
    const sums = { shards: shards.length, images, bytes: sumOf(taken, ({ source }) => source.size ?? 0) };
    const before = previous?.total ?? { ...noSums, ...noPrediction };
    const header: PartHeader = {
      v: 1,
      job: this.#template.job,
      part: this.#template.part,
      ...sums,
      total: {
        shards: before.shards + sums.shards,
        images: before.images + sums.images,
        bytes: before.bytes + sums.bytes,
        ...this.#prediction(before, taken),
      },
      start,
      next: last ? null : (this.#cursors[images - 1] ?? start),
      ...(end.error === undefined ? {} : { error: end.error }),
    };
    return { header, shards };
  }

  /** Of this and all earlier parts; not known when an earlier part does not say it. */
  #prediction(before: Prediction, taken: readonly PackedImage[]): Prediction {
    const { workMs, unsizedImages, settledImages, memberImages, renditions } = before;
    if (workMs === undefined || unsizedImages === undefined) return {};
    const rendered = taken.filter(({ source }) => source.verdict === undefined);
    const works = this.#works.slice(0, taken.length);
    return {
      workMs: workMs + Math.round(works.reduce((a, b) => a + b, 0)),
      unsizedImages: unsizedImages + rendered.filter(({ source }) => source.size === undefined).length,
      ...(settledImages === undefined ? {} : { settledImages: settledImages + taken.length - rendered.length }),
      ...(memberImages === undefined
        ? {}
        : { memberImages: memberImages + rendered.filter(({ source }) => source.entry !== undefined).length }),
      ...(renditions === undefined ? {} : { renditions: renditions + this.#renditionsOf(rendered) }),
    };
  }

  #renditionsOf(rendered: readonly PackedImage[]): number {
    const counts = new Map<Target, number>();
    return sumOf(rendered, ({ target = this.#template }) => {
      const known = counts.get(target) ?? expandRenditions(target.recipe).length;
      counts.set(target, known);
      return known;
    });
  }

  #pack(): { shards: Shard[]; images: number } {
    let shards = packShards(this.#template, this.#images, this.#packing);
    // Every message names the images of the part, so fewer sources are packed anew; each round has fewer of them.
    while (shards.length > this.#maxShards) {
      const kept = sumOf(shards.slice(0, this.#maxShards), ({ sources }) => sources.length);
      shards = packShards(this.#template, this.#images.slice(0, kept), this.#packing);
    }
    return { shards, images: sumOf(shards, ({ sources }) => sources.length) };
  }
}

function sumOf<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}
