import type { ImageSpec, JobSpec } from '../simulation/jobs.ts';

/** Every so many images something else than a picture. */
const others: readonly (readonly [number, ImageSpec['content'], string])[] = [
  [7, 'broken', 'jpg'],
  [11, 'text', 'txt'],
  [13, 'empty', 'png'],
  [17, 'text', 'jpg'],
  [19, 'crasher', 'jpg'],
];

function imageAt(index: number, killers: ReadonlySet<number>): ImageSpec {
  const number = String(index).padStart(4, '0');
  if (killers.has(index)) return { name: `${number}.jpg`, content: 'killer' };
  const [, content, extension] = others.find(([every]) => index % every === every - 1) ?? [0, 'picture', 'jpg'];
  // Names as people have them: a folder, a space, a plus, beyond ASCII.
  const folder = ['', 'a b/', 'c+d/', 'é/'][index % 4] ?? '';
  return { name: `${folder}${number}.${extension}`, content };
}

function job(name: string, images: number, more: Partial<JobSpec> & { killers?: readonly number[] } = {}): JobSpec {
  const { killers = [], ...rest } = more;
  const dangerous = new Set(killers);
  return { name, images: Array.from({ length: images }, (_, index) => imageAt(index, dangerous)), ...rest };
}

function withMissing(spec: JobSpec): JobSpec {
  return { ...spec, by: 'objects', images: [...spec.images, { name: 'gone.jpg', content: 'missing' }] };
}

/** Parts of at most nine images in three shards: a job of thirty has four of them. */
export const smallParts = { maxShardsPerPart: 3, maxImagesPerPart: 9, maxImagesPerShard: 3 } as const;

/** With how many of a hundred seeds a job is run: large ones cost more and tell less each. */
export const jobSpecs: readonly (readonly [share: number, spec: JobSpec])[] = [
  [14, job('single', 1)],
  [14, job('couple', 2, { recipe: 'two' })],
  [12, job('few', 5)],
  [10, job('killer-alone', 1, { killers: [0] })],
  [10, job('killer-among', 4, { killers: [1] })],
  [10, withMissing(job('objects', 6))],
  [10, job('dozen', 12, { recipe: 'two' })],
  [9, job('parts', 30, { killers: [11] })],
  [6, withMissing(job('two-killers', 24, { killers: [0, 20] }))],
  [4, job('hundred', 100)],
  [1, job('hundreds', 300, { killers: [200] })],
];

/** The job of a seed. */
export function specOf(seed: number): JobSpec {
  let left = seed % 100;
  for (const [share, spec] of jobSpecs) {
    if (left < share) return spec;
    left -= share;
  }
  throw new Error('the shares do not add up to 100');
}
