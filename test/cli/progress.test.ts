import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { createProgress } from '../../cli/progress/progress.ts';

interface Screen {
  readonly stream: Writable & { readonly isTTY: boolean };
  readonly written: () => string;
}

/** A stream that keeps what was written, as a terminal or as a pipe. */
function screen(isTTY: boolean): Screen {
  let written = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString();
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns: 120, rows: 30 }), written: () => written };
}

function play(stream: Screen['stream']): void {
  const progress = createProgress(stream);
  progress.say('starting');
  progress.phase('upload', 12);
  for (let done = 1; done <= 12; done++) progress.update(done);
  progress.phase('render', 12);
  progress.update(5, { total: 14, failed: 2 });
  progress.update(3, { failed: 1 });
  progress.update(14);
  progress.stop();
  progress.stop();
}

test('on a terminal: a bar a phase, with count, rate and failures; the cursor comes back', () => {
  const { stream, written } = screen(true);
  play(stream);
  const frames = stripVTControlCharacters(written()).split(/(?=upload|render)/);
  expect(frames.filter((frame) => frame.startsWith('upload')).at(-1)).toMatch(/█ 12\/12 · \d+\/s/);
  expect(frames.at(-1)).toMatch(/render .*█ 14\/14 · \d+\/s · 2 failed/);
  expect(written().lastIndexOf('\u001b[?25h')).toBeGreaterThan(written().lastIndexOf('\u001b[?25l'));
});

test('how many there are may be unknown until the plan is complete', () => {
  const [terminal, pipe] = [screen(true), screen(false)];
  for (const { stream } of [terminal, pipe]) {
    const progress = createProgress(stream);
    progress.phase('render', undefined);
    progress.update(5);
    progress.update(6, { total: 14 });
    progress.stop();
  }
  const frames = stripVTControlCharacters(terminal.written()).split(/(?=render)/);
  expect(frames[0]).toMatch(/░ 0 \s*$/);
  expect(frames.at(-1)).toMatch(/█ *░* 6\/14 · /);
  expect(pipe.written()).toBe('fanlight: render\n');
});

test('elsewhere: plain lines, one a phase when it is short', () => {
  const { stream, written } = screen(false);
  play(stream);
  expect(written()).toBe('fanlight: starting\nfanlight: upload 12 files\nfanlight: render 12 files\n');
});
