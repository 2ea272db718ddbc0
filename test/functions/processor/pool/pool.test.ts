import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { poolSize } from '../../../../functions/processor/pool/pool.ts';
import type { Pool } from '../../../../functions/processor/pool/pool.ts';
import { behave, poolOf, temporaryDirectory } from '../../../builders/pool-of-fakes.ts';
import { isAlive } from '../../../builders/processes.ts';

const rendered = { status: 'rendered' };
const failedWith = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ status: 'failed', error: { code, message: expect.stringMatching(message) as unknown } });
const pids = (pool: Pool) => pool.workers().map(({ pid }) => pid);
const until = (condition: () => boolean) =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 10_000, interval: 10 });

/** A task that runs until its file is removed. */
async function heldTask(pool: Pool, directory: string, name: string) {
  const path = join(directory, name);
  await writeFile(path, '');
  const outcome = pool.run(behave(`whileFile ${path}`));
  const started = () => existsSync(`${path}.started`);
  return { outcome, started, release: () => rm(path) };
}

describe('worker processes', () => {
  test('one per vCPU that Lambda grants', () => {
    expect([128, 1_769, 3_537, 3_538, 10_240].map(poolSize)).toEqual([1, 1, 1, 2, 5]);
  });

  test('start with the first image, are kept, and are at most size', async () => {
    const pool = poolOf('fake-worker.ts');
    expect(pool.workers()).toEqual([]);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => pool.run(behave('succeed'))));
    for (const outcome of outcomes) expect(outcome).toMatchObject(rendered);
    const first = pids(pool);
    expect(first.length).toBeLessThanOrEqual(2);
    await pool.run(behave('succeed'));
    expect(pids(pool)).toEqual(first);
  });

  test('hold no credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SESSION_TOKEN', 'token');
    const path = join(await temporaryDirectory(), 'env.json');
    await poolOf('fake-worker.ts').run(behave(`environment ${path}`));
    vi.unstubAllEnvs();
    const environment = await readFile(path, 'utf8');
    expect(environment).not.toMatch(/AWS|KEY|TOKEN|SECRET/i);
    expect(environment).toContain('"VIPS_BLOCK_UNTRUSTED":"1"');
  });

  test('are replaced after so many images', async () => {
    const pool = poolOf('fake-worker.ts', { size: 1, maxTasksPerWorker: 2 });
    await pool.run(behave('succeed'));
    const [first] = pids(pool);
    await pool.run(behave('succeed'));
    expect(pids(pool)).toEqual([]);
    await pool.run(behave('succeed'));
    expect(pids(pool)).not.toEqual([first]);
  });

  test('are replaced when they have grown', async () => {
    const pool = poolOf('fake-worker.ts', { size: 1, recycleRssBytes: 1 });
    await pool.run(behave('succeed'));
    expect(pids(pool)).toEqual([]);
  });

  test('are gone after close, and what was running is rejected', async () => {
    const pool = poolOf('fake-worker.ts', { size: 1 });
    const images = [pool.run(behave('hang')), pool.run(behave('succeed'))];
    const settled = Promise.allSettled(images);
    const [pid = 0] = pids(pool);
    await pool.close();
    const closed = { status: 'rejected', reason: new Error('the worker pool is closed') };
    expect(await settled).toEqual([closed, closed]);
    expect(isAlive(pid)).toBe(false);
    await expect(pool.run(behave('succeed'))).rejects.toThrow('closed');
  });

  test('that are killed while idle are not noticed', async () => {
    const pool = poolOf('fake-worker.ts', { size: 1 });
    await pool.run(behave('succeed'));
    const [pid = 0] = pids(pool);
    process.kill(pid, 'SIGKILL');
    await until(() => !isAlive(pid));
    expect(await pool.run(behave('succeed'))).toMatchObject(rendered);
  });
});

describe('a death costs nobody else an outcome', () => {
  test.each([
    ['crash', /was killed by SIGSEGV, also when it rendered this image alone/],
    ['exit 133', /ended with exit code 133/],
  ])('%s: WORKER_CRASHED after a second try', async (behaviour, message) => {
    const pool = poolOf('fake-worker.ts');
    const neighbours = Array.from({ length: 10 }, () => pool.run(behave('succeed')));
    expect(await pool.run(behave(behaviour))).toEqual(failedWith('WORKER_CRASHED', message));
    for (const outcome of await Promise.all(neighbours)) expect(outcome).toMatchObject(rendered);
  });

  test('a kill from outside does not fail the image', async () => {
    const marker = join(await temporaryDirectory(), 'killed');
    expect(await poolOf('fake-worker.ts').run(behave(`crashOnce ${marker}`))).toMatchObject(rendered);
    expect(existsSync(marker)).toBe(true);
  });

  test('the second try is alone in a fresh worker', async () => {
    const directory = await temporaryDirectory();
    const pool = poolOf('fake-worker.ts');
    const neighbour = await heldTask(pool, directory, 'neighbour');
    const marker = join(directory, 'killed');
    const retried = pool.run(behave(`crashOnce ${marker}`));
    const later = await heldTask(pool, directory, 'later');
    await until(() => existsSync(marker) && neighbour.started());
    await until(() => pool.workers().filter(({ busy }) => busy).length === 1);
    expect(later.started()).toBe(false);
    await neighbour.release();
    expect(await retried).toMatchObject(rendered);
    await until(later.started);
    await later.release();
    expect(await later.outcome).toMatchObject(rendered);
  });

  test.each(['hang', 'loop'])('%s: TIMEOUT, not tried again', async (behaviour) => {
    const pool = poolOf('fake-worker.ts', { size: 1 });
    const slow = pool.run(behave(behaviour, 100));
    const next = pool.run(behave('succeed'));
    expect(await slow).toEqual(failedWith('TIMEOUT', /did not finish within 0.1 s/));
    expect(await next).toMatchObject(rendered);
  });

  test('too much memory: OUT_OF_MEMORY after a second try', async () => {
    const pool = poolOf('fake-worker.ts', { budgetBytes: 400e6 });
    const neighbours = Array.from({ length: 5 }, () => pool.run(behave('succeed')));
    expect(await pool.run(behave('eat 500'))).toEqual(failedWith('OUT_OF_MEMORY', /used \d+ MB/));
    for (const outcome of await Promise.all(neighbours)) expect(outcome).toMatchObject(rendered);
  });

  test('sharp cannot be loaded: INTERNAL, and it is said why', async () => {
    const outcome = await poolOf('unusable-worker.ts').run(behave('succeed'));
    expect(outcome).toEqual(
      failedWith('INTERNAL', /^the worker process cannot load sharp: Cannot find package 'sharp'$/),
    );
  });

  test('a worker that never becomes ready: INTERNAL', async () => {
    const outcome = await poolOf('exiting-worker.ts').run(behave('succeed'));
    expect(outcome).toEqual(failedWith('INTERNAL', /ended with exit code 7/));
  });
});

describe('memory admission', () => {
  test('what can never fit is OUT_OF_MEMORY at once, in the same worker', async () => {
    const pool = poolOf('fake-worker.ts', { size: 1, budgetBytes: 1e9 });
    await pool.run(behave('succeed'));
    const before = pids(pool);
    expect(await pool.run(behave('needs 1000000001'))).toEqual(failedWith('OUT_OF_MEMORY', /about 1001 MB/));
    expect(pids(pool)).toEqual(before);
  });

  test('a giant waits until the others are done, and nothing starts beside it', async () => {
    const directory = await temporaryDirectory();
    const pool = poolOf('fake-worker.ts', { budgetBytes: 1e9 });
    const neighbour = await heldTask(pool, directory, 'neighbour');
    await until(neighbour.started);
    let giantDone = false;
    const giant = pool.run(behave('needs 900000000')).finally(() => (giantDone = true));
    const later = pool.run(behave('succeed'));
    await until(() => pool.workers().filter(({ busy }) => busy).length === 2);
    expect(giantDone).toBe(false);
    await neighbour.release();
    for (const outcome of await Promise.all([neighbour.outcome, giant, later])) expect(outcome).toMatchObject(rendered);
  });

  test('two giants at once are rendered one after the other', async () => {
    const pool = poolOf('fake-worker.ts', { budgetBytes: 1e9 });
    const giants = Array.from({ length: 6 }, () => pool.run(behave('needs 900000000')));
    for (const outcome of await Promise.all(giants)) expect(outcome).toMatchObject(rendered);
  });
});

describe('abort and idle', () => {
  test('an aborted image is rejected, queued or running, and its worker is ended', async () => {
    const pool = poolOf('fake-worker.ts', { size: 1 });
    const abort = new AbortController();
    const running = pool.run(behave('hang'), { signal: abort.signal });
    const queued = pool.run(behave('succeed'), { signal: abort.signal });
    const other = pool.run(behave('succeed'));
    abort.abort(new Error('out of time'));
    await expect(running).rejects.toThrow('out of time');
    await expect(queued).rejects.toThrow('out of time');
    expect(await other).toMatchObject(rendered);
    await expect(pool.run(behave('succeed'), { signal: abort.signal })).rejects.toThrow('out of time');
  });

  test('idle means that nothing is queued or running', async () => {
    const pool = poolOf('fake-worker.ts');
    const outcomes = Promise.all(Array.from({ length: 5 }, () => pool.run(behave('succeed'))));
    await pool.idle();
    expect(pool.workers().every(({ busy }) => !busy)).toBe(true);
    await outcomes;
  });
});
