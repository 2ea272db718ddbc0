import { expect, test } from 'vitest';
import { readCancellation } from '../../../shared/aws/stored-cancellation.ts';
import { openControlPlane } from '../../builders/control-plane.ts';
import { jobDocument, reportOf } from '../../builders/jobs.ts';
import { mortalClients } from '../../builders/mortal-clients.ts';
import { collectAll, fewImages, nineNames, planNine } from '../../builders/planned-job.ts';
import { pretendToProcess } from '../../builders/pretend-processor.ts';

const hourMs = 3_600_000;
const manifest = { deadline: 'PT2H' };

test('invariant 2: a job whose deadline is over ends with what it has', async () => {
  const plane = await openControlPlane();
  const { job, shards } = await planNine(plane, undefined, manifest);
  const [first] = shards;
  if (first === undefined) throw new Error('no shard');
  await pretendToProcess(plane, first);
  await collectAll(plane);
  const { createdAt = '', deadlineAt = '' } = (await jobDocument(plane, job)) ?? {};
  expect(Date.parse(deadlineAt) - Date.parse(createdAt)).toBe(2 * hourMs);
  expect(new Set(shards.map((shard) => shard.deadlineAt))).toEqual(new Set([deadlineAt]));

  await plane.functions({ offsetMs: hourMs }).sweep();
  expect(await readCancellation(plane.store, job)).toBeUndefined();
  await plane.functions({ offsetMs: 2.1 * hourMs }).sweep();
  expect(await readCancellation(plane.store, job)).toMatchObject({ reason: 'deadline' });
  await collectAll(plane);
  expect(await reportOf(plane, job)).toMatchObject({
    state: 'cancelled',
    error: { code: 'CANCELLED', message: `the job's deadline, ${deadlineAt}, is over` },
    images: { total: nineNames.length },
    cancelled: nineNames.length - first.sources.length,
  });
});

test('the deadline survives the sweeps before it', async () => {
  const plane = await openControlPlane();
  const { job } = await planNine(plane, undefined, manifest);
  for (const minutes of [5, 10, 15]) {
    await plane.functions({ offsetMs: minutes * 60_000 }).sweep();
    await plane.take('shards');
  }
  const marker = Object.values(await plane.dump('_fanlight/active/'))[0] ?? '';
  expect(JSON.parse(marker)).toMatchObject({ deadlineAt: (await jobDocument(plane, job))?.deadlineAt });
});

test(
  'killed at any request, the sweeper cancels an overdue job with its next sweep',
  { timeout: 120_000 },
  async () => {
    const plane = await openControlPlane();
    const mortal = mortalClients(plane.endpoint);
    const overdue = { offsetMs: 3 * hourMs };
    let killed = true;
    for (let index = 1; killed; index++) {
      const { job } = await planNine(plane, `jobs/${index}.fanlight.json`, { ...manifest, ...fewImages });
      mortal.dieAt(index);
      await plane
        .functions(overdue, mortal)
        .sweep()
        .catch(() => undefined);
      killed = mortal.requests() >= index;
      mortal.dieAt(Infinity);
      await plane.functions(overdue).sweep();
      await collectAll(plane);
      expect(await reportOf(plane, job), `killed at ${index}`).toMatchObject({ state: 'cancelled' });
    }
  },
);
