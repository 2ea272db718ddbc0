import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test, vi } from 'vitest';
import { builderPath } from '../../../builders/pool-of-fakes.ts';
import { isAlive } from '../../../builders/processes.ts';

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text.trim();
}

test.each(['hang', 'succeed'])('workers of a killed host do not linger (%s)', async (behaviour) => {
  const host = spawn(process.execPath, [builderPath('pool-host.ts'), behaviour], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const worker = Number(await firstLine(host.stdout));
  expect(isAlive(worker)).toBe(true);
  host.kill('SIGKILL');
  await vi.waitFor(() => expect(isAlive(worker)).toBe(false), { timeout: 10_000, interval: 10 });
});

test('an idle pool does not keep its host alive', async () => {
  const host = spawn(process.execPath, [builderPath('pool-host.ts'), 'once'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(host, 'exit');
  const worker = Number(await firstLine(host.stdout));
  expect(await exited).toEqual([0, null]);
  await vi.waitFor(() => expect(isAlive(worker)).toBe(false), { timeout: 10_000, interval: 10 });
});
