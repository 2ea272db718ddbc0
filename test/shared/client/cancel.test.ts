import { expect, test } from 'vitest';
import { CancellationSchema } from '../../../shared/core/cancellation.ts';
import { stateKey } from '../../../shared/core/state-key.ts';
import { JobClient } from '../../../shared/client/job-client.ts';
import { openControlPlane } from '../../builders/control-plane.ts';
import { reportOf } from '../../builders/jobs.ts';
import { clientOf, collectAll, planNine } from '../../builders/planned-job.ts';
import { runToEnd } from '../../builders/pretend-processor.ts';

test('what is no job cannot be cancelled', async () => {
  const plane = await openControlPlane();
  await expect(clientOf(plane).cancel('nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a job that has ended is not cancelled, and its report stays', async () => {
  const plane = await openControlPlane();
  const { job } = await planNine(plane);
  plane.send('uploads', { v: 1, kind: 'continue', job, part: 0, hop: 0 });
  await plane.functions({ offsetMs: 400_000 }).sweep();
  await plane.functions({ offsetMs: 800_000 }).sweep();
  await runToEnd(plane);
  const report = await reportOf(plane, job);
  expect(report?.state).toBe('partial');
  expect(await clientOf(plane).cancel(job)).toBe(false);
  await collectAll(plane);
  expect(await reportOf(plane, job)).toEqual(report);
});

test('the first reason stays', async () => {
  const plane = await openControlPlane();
  const { job } = await planNine(plane);
  expect(await clientOf(plane).cancel(job, 'first')).toBe(true);
  expect(await clientOf(plane).cancel(job, 'second')).toBe(true);
  const stored = await plane.store.readDocument(stateKey.cancel(job), CancellationSchema);
  expect(stored?.document).toMatchObject({ v: 1, job, reason: 'requested', message: 'first' });
});

test('a client without the queue leaves it to the sweeper', async () => {
  const plane = await openControlPlane();
  const { job } = await planNine(plane);
  const client = new JobClient({ s3: plane.s3, uploadsBucket: 'uploads', resultsBucket: 'results' });
  await client.cancel(job);
  expect(plane.waiting('receipts')).toBe(0);
  await plane.sweep();
  await collectAll(plane);
  expect(await reportOf(plane, job)).toMatchObject({ state: 'cancelled' });
});
