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

/** Names that come again, near and far: the same bytes or not, the first of a name is taken. */
function withDuplicates(spec: JobSpec): JobSpec {
  const { images } = spec;
  const again = (index: number): number => (index === images.length - 1 ? 0 : index - 5);
  const isSecond = (index: number): boolean => index % 6 === 5 || index === images.length - 1;
  return {
    ...spec,
    images: images.map((image, index) => ({
      ...image,
      name: images[isSecond(index) ? again(index) : index]?.name ?? image.name,
    })),
  };
}

/** A zip with one of everything that is wrong with one member alone. */
export const hostileZip: JobSpec = {
  name: 'hostile-zip',
  by: 'zip',
  images: [
    { name: 'a/1.jpg', content: 'picture' },
    { name: 'damaged.jpg', content: 'damaged' },
    { name: 'a/1.jpg', content: 'broken' },
    { name: '../up.jpg', content: 'picture' },
    { name: 'empty.png', content: 'empty' },
    { name: 'é 2.jpg', content: 'picture' },
    { name: 'note.txt', content: 'text' },
    { name: 'a/1.jpg', content: 'picture' },
    { name: 'text.jpg', content: 'text' },
    { name: 'killer.jpg', content: 'killer' },
    { name: 'last.jpg', content: 'picture' },
  ],
};

const list: JobSpec = {
  name: 'list',
  by: 'list',
  images: [
    ...job('some', 8).images,
    { name: 'gone.jpg', content: 'missing' },
    { name: '', content: 'nonsense' },
    { name: 'last.jpg', content: 'picture' },
  ],
};

/** Enough for some parts of an archive only, so that its names go from one invocation to the next: a call takes 30 ms and more. */
const shortMs = 1_200;

/** Parts of at most nine images in three shards: a job of thirty has four of them. */
export const smallParts = { maxShardsPerPart: 3, maxImagesPerPart: 9, maxImagesPerShard: 3 } as const;

/** With how many of a hundred seeds a job is run: large ones cost more and tell less each. */
export const jobSpecs: readonly (readonly [share: number, spec: JobSpec])[] = [
  [9, job('single', 1)],
  [8, job('couple', 2, { recipe: 'two' })],
  [7, job('few', 5)],
  [6, job('killer-alone', 1, { killers: [0] })],
  [6, job('killer-among', 4, { killers: [1] })],
  [6, withMissing(job('objects', 6))],
  [6, job('dozen', 12, { recipe: 'two' })],
  [6, job('parts', 30, { killers: [11] })],
  [4, withMissing(job('two-killers', 24, { killers: [0, 20] }))],
  [2, job('hundred', 100)],
  [1, job('hundreds', 300, { killers: [200] })],
  [6, job('zip-couple', 2, { by: 'zip', recipe: 'two' })],
  [8, hostileZip],
  [6, withDuplicates(job('zip-parts', 30, { by: 'zip', killers: [8], splitterTimeoutMs: shortMs }))],
  [7, withDuplicates(job('tar', 14, { by: 'tar', killers: [4], splitterTimeoutMs: shortMs }))],
  [6, list],
  [6, withDuplicates(job('mixed', 18, { by: 'mixed', killers: [15] }))],
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
