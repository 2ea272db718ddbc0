import { expect, test } from 'vitest';
import { parseJobOptions } from '../../cli/job-options.ts';
import { startDev } from '../builders/cli-dev.ts';
import { picture } from '../builders/images.ts';

const noJob = '0123456789abcdef01234567';

test('jobs of a running stack are listed, looked at, retried and cancelled', { timeout: 120_000 }, async () => {
  const { client, put, uploads, fanlight, stop } = await startDev();
  expect(await fanlight('jobs')).toMatchObject({ status: 0, stdout: 'There are no jobs.\n' });

  await put('runs/a/good.jpg', await picture());
  await put('runs/a/bad.jpg', 'no picture');
  const sources = [{ prefix: `s3://${uploads}/runs/a/` }];
  const submitted = await client.submit('jobs/a.fanlight.json', { recipe: 'thumbnail', sources });
  const job = await client.waitForJob(submitted);
  const ended = await fanlight('status', job, '--watch');
  expect(ended.stdout).toMatch(
    /partial +2 of 2 images: 1 succeeded, 0 skipped, 1 failed\n.*about <?\$\S+ on AWS, estimated/,
  );
  expect(ended.status).toBe(1);

  const retried = await fanlight('retry', job, '--watch', '--json');
  expect(retried.status).toBe(1);
  const report: unknown = JSON.parse(retried.stdout);
  expect(report).toMatchObject({ parent: job, state: 'failed', images: { total: 1, failed: 1 } });

  expect(await fanlight('cancel', job)).toMatchObject({ status: 0, stdout: `${job} has ended already.\n` });
  const listed: unknown = JSON.parse((await fanlight('jobs', '--json')).stdout);
  expect(listed).toMatchObject({
    jobs: expect.arrayContaining([{ job, state: 'partial', images: 2, counts: expect.anything() }]),
  });

  // Half a minute of work.
  const large = await picture({ width: 3_000, height: 2_000 });
  for (let index = 0; index < 20; index++) await put(`runs/b/${index}.jpg`, large);
  const long = await client.submit('jobs/b.fanlight.json', {
    recipe: 'web',
    sources: [{ prefix: `s3://${uploads}/runs/b/` }],
  });
  const longJob = await client.waitForJob(long);
  const cancelled = await fanlight('cancel', longJob, '--watch', '--json');
  expect(cancelled.status).toBe(0);
  const end: unknown = JSON.parse(cancelled.stdout);
  expect(end).toMatchObject({ state: 'cancelled', images: { total: 20 }, error: { code: 'CANCELLED' } });
  expect((await fanlight('status', longJob)).status).toBe(3);

  const unknown = await fanlight('status', noJob, '--json');
  expect(unknown.status).toBe(2);
  expect(JSON.parse(unknown.stdout)).toMatchObject({ error: { code: 'NOT_FOUND' } });

  await stop();
  const stopped = await fanlight('jobs');
  expect(stopped.stderr).toMatch(/^fanlight: STACK_FAILED: no stack is running over [^\n]*\n$/);
  expect(stopped.status).toBe(3);
});

test.each([
  [[], { job: true, watch: true }, 'which JOB? fanlight jobs lists them'],
  [['x'], { job: true, watch: true }, 'x is not the id of a job'],
  [[noJob, noJob], { job: true, watch: true }, 'one JOB at a time (given 2)'],
  [['--watch'], { job: false, watch: false }, '--watch is not an option; see --help'],
  [[noJob, '--wach'], { job: true, watch: true }, '--wach is not an option; did you mean --watch?'],
])('wrong usage: %j', (args, takes, says) => {
  expect(() => parseJobOptions(args, '/', takes)).toThrow(expect.objectContaining({ code: 'USAGE', message: says }));
});

test('options and their defaults', () => {
  const job = { job: noJob, dataDir: '/here/fanlight-out/.fanlight/dev', json: false, watch: false };
  expect(parseJobOptions([noJob], '/here', { job: true, watch: true })).toEqual(job);
  const given = ['--json', '--watch', '--data', 'd', noJob];
  expect(parseJobOptions(given, '/here', { job: true, watch: true })).toEqual({
    job: noJob,
    dataDir: '/here/d',
    json: true,
    watch: true,
  });
});
