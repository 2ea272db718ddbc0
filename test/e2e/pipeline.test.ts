import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyFile, picture, textFile, truncated } from '../builders/images.ts';
import { childrenOf, openPipeline, visibilityTimeoutMs, type PipelineStack } from '../builders/pipeline-stack.ts';
import { until } from '../builders/test-stack.ts';

let pipeline: PipelineStack;

beforeAll(async () => {
  pipeline = await openPipeline();
});
afterAll(async () => {
  await pipeline.close();
});

/** Small files that take long to decode: packed into one shard by their bytes, they keep it busy for seconds. */
async function heavyFiles(count: number): Promise<Record<string, Buffer>> {
  const side = 4_000;
  const files: Record<string, Buffer> = {};
  for (let index = 0; index < count; index++) {
    const background = { r: index * 9, g: 255 - index * 7, b: 128 };
    files[`plain ${index}.png`] = await sharp({ create: { width: side, height: side, channels: 3, background } })
      .png({ compressionLevel: 9 })
      .toBuffer();
  }
  return files;
}

async function smallFiles(count: number, seed: number): Promise<Record<string, Buffer>> {
  const entries = Array.from({ length: count }, async (_, index) => {
    return [`album/${index}.jpg`, await picture({ seed: seed + index })] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Digests by key without a job's own prefix, so that two jobs can be compared. */
async function digestsBelow(prefix: string): Promise<Record<string, string>> {
  const digests = Object.entries(await pipeline.digests(`renditions/${prefix}`));
  return Object.fromEntries(digests.map(([key, digest]) => [key.replace(prefix, ''), digest]));
}

function processorStates(): string[] {
  const processor = pipeline.stack.functions.find(({ logicalId }) => logicalId.includes('Processor'));
  return processor?.environments.map(({ state }) => state) ?? [];
}

/**
 * Kills every environment of the processor and waits until the stack has noticed all of them: one that is dead and still
 * listed as frozen could be given the redelivery, which would then be lost for another visibility timeout.
 */
async function killProcessor(): Promise<void> {
  const killed = pipeline.environments('Processor');
  for (const environment of killed) process.kill(-environment, 'SIGKILL');
  await until(
    () => pipeline.environments('Processor'),
    (left) => !left.some((pid) => killed.includes(pid)),
  );
}

const rescuerRan = (): boolean => pipeline.environments('Rescuer').length > 0;

describe('single uploads', () => {
  test('an object put below a route makes its renditions appear, and no job', async () => {
    await pipeline.put('thumbnails/a b+ü.jpg', await picture());
    const keys = await until(
      () => pipeline.keys('renditions/thumbnails/'),
      (found) => found.length > 0,
    );
    expect(keys).toEqual(['renditions/thumbnails/a b+ü.jpg/thumbnail.webp']);
    const daily = await until(
      () => pipeline.keys('_fanlight/daily/'),
      (found) => found.length > 0,
    );
    expect(daily).toHaveLength(1);
    expect(await pipeline.keys('_fanlight/jobs/')).toEqual([]);
  });

  test('an object below no route starts nothing', async () => {
    await pipeline.put('elsewhere/a.jpg', await picture());
    await pipeline.put('thumbnails/after.jpg', await picture({ seed: 2 }));
    await until(
      () => pipeline.keys('renditions/thumbnails/after.jpg/'),
      (found) => found.length === 1,
    );
    expect(await pipeline.keys('renditions/elsewhere/')).toEqual([]);
  });
});

describe('jobs', () => {
  test('broken neighbours cost nothing: each image has exactly one outcome, and the counts add up', async () => {
    const good = await picture();
    const files = {
      'good.jpg': good,
      'sub/good.png': await picture({ format: 'png' }),
      'cut.jpg': truncated(good),
      'diary.jpg': textFile,
      'empty.jpg': emptyFile,
      'notes.txt': textFile,
    };
    const job = await pipeline.submit(files, { output: { prefix: 'mixed/' } });
    const report = await pipeline.jobs.waitForReport(job);
    expect(report.images).toEqual({ total: 6, succeeded: 2, failed: 3, skipped: 1 });
    expect(report.state).toBe('partial');
    const results = await pipeline.results(job, report);
    expect(results.map(({ source, status, reason, error }) => [source, status, reason ?? error?.code])).toEqual([
      ['cut.jpg', 'failed', 'CORRUPT_IMAGE'],
      ['diary.jpg', 'failed', 'UNSUPPORTED_FORMAT'],
      ['empty.jpg', 'failed', 'EMPTY_SOURCE'],
      ['good.jpg', 'succeeded', undefined],
      ['notes.txt', 'skipped', 'not-an-image'],
      ['sub/good.png', 'succeeded', undefined],
    ]);
    expect(await pipeline.keys('renditions/mixed/')).toEqual([
      'renditions/mixed/good.jpg/thumbnail.webp',
      'renditions/mixed/sub/good.png/thumbnail.webp',
    ]);
    // The marker goes last, when the completion event is sent.
    await until(
      () => pipeline.keys(`_fanlight/active/${job}`),
      (markers) => markers.length === 0,
    );
  });

  test('two jobs at once keep apart', async () => {
    const [one, two] = await Promise.all([
      pipeline.submit(await smallFiles(30, 100), { output: { prefix: 'one/' } }),
      pipeline.submit(await smallFiles(20, 500), { output: { prefix: 'two/' } }),
    ]);
    const reports = await Promise.all([pipeline.jobs.waitForReport(one), pipeline.jobs.waitForReport(two)]);
    expect(reports.map(({ job, state, images }) => [job, state, images.succeeded])).toEqual([
      [one, 'succeeded', 30],
      [two, 'succeeded', 20],
    ]);
    expect(await pipeline.keys('renditions/one/')).toHaveLength(30);
    expect(await pipeline.keys('renditions/two/')).toHaveLength(20);
  });

  test('a manifest that is none ends as a failed job that says why', async () => {
    const job = await pipeline.submit({}, { recipe: 'thumbnial' });
    const report = await pipeline.jobs.waitForReport(job);
    expect(report).toMatchObject({ state: 'failed', images: { total: 0 }, error: { code: 'INVALID_RECIPE' } });
    expect(report.error?.message).toContain('thumbnail');
  });

  test('a job without images has succeeded', async () => {
    const report = await pipeline.jobs.waitForReport(await pipeline.submit({}));
    expect(report).toMatchObject({ state: 'succeeded', images: { total: 0 } });
  });
});

describe('invariant 2: a death in mid-shard costs nobody an outcome', () => {
  const count = 16;
  let files: Record<string, Buffer>;
  let calm: Record<string, string>;

  beforeAll(async () => {
    files = await heavyFiles(count);
    await pipeline.jobs.waitForReport(await pipeline.submit(files, { output: { prefix: 'calm/' } }));
    calm = await digestsBelow('calm/');
  });

  /** Waits until some of the images are rendered, but not all of them. */
  async function inMidShard(prefix: string): Promise<void> {
    const keys = await until(
      () => pipeline.keys(`renditions/${prefix}`),
      (found) => found.length > 0,
    );
    expect(keys.length).toBeLessThan(count);
  }

  test('without a death, each has a rendition', () => {
    expect(Object.keys(calm)).toHaveLength(count);
  });

  test('a worker process is killed', async () => {
    const job = await pipeline.submit(files, { output: { prefix: 'worker/' } });
    await inMidShard('worker/');
    const workers = pipeline.environments('Processor').flatMap(childrenOf);
    expect(workers).not.toEqual([]);
    for (const worker of workers) process.kill(worker, 'SIGKILL');
    const report = await pipeline.jobs.waitForReport(job);
    expect(report.images).toMatchObject({ total: count, succeeded: count });
    expect(await digestsBelow('worker/')).toEqual(calm);
  });

  test('an execution environment is killed', async () => {
    const job = await pipeline.submit(files, { output: { prefix: 'environment/' } });
    await inMidShard('environment/');
    await killProcessor();
    // The message is in flight until its visibility timeout is over, as on AWS.
    pipeline.clock.advance(visibilityTimeoutMs);
    const report = await pipeline.jobs.waitForReport(job);
    expect(report.images).toMatchObject({ total: count, succeeded: count });
    expect(await digestsBelow('environment/')).toEqual(calm);
  });

  test('a shard whose every delivery dies is rescued image by image', async () => {
    const job = await pipeline.submit(files, { output: { prefix: 'rescued/' } });
    for (let death = 1; death <= 3; death++) {
      await until(
        () => processorStates(),
        (states) => states.includes('busy'),
      );
      await killProcessor();
      pipeline.clock.advance(visibilityTimeoutMs);
    }
    const report = await pipeline.jobs.waitForReport(job);
    expect(report.images).toMatchObject({ total: count, succeeded: count });
    expect(await digestsBelow('rescued/')).toEqual(calm);
    expect(rescuerRan()).toBe(true);
  });
});

test('the sweeper runs with the rights it has, and leaves a job alone that is under way', async () => {
  const job = await pipeline.submit(await smallFiles(5, 900), { output: { prefix: 'swept/' } });
  const sweeper = pipeline.stack.functions.find(({ logicalId }) => logicalId.includes('Sweeper'));
  const swept = await pipeline.stack.invoke(sweeper?.name ?? '', {});
  expect(swept).not.toHaveProperty('functionError');
  const report = await pipeline.jobs.waitForReport(job);
  expect(report.images).toMatchObject({ total: 5, succeeded: 5 });
});
