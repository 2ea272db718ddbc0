import type { PhaseState, PhaseView } from './progress.ts';

/** At most one line in this time within a phase, in ms. */
const intervalMs = 3_000;

/** Lines for logs and pipes: a phase's beginning, a sign of life now and then. */
export function plainProgress(stream: NodeJS.WritableStream): PhaseView {
  let phase = '';
  let toldAtMs = 0;
  const write = (line: string): boolean => stream.write(`fanlight: ${line}\n`);
  const line = ({ done, total, failed, rate }: PhaseState): string =>
    `${phase} ${done}${total === undefined ? '' : ` of ${total}`}, ${rate.toFixed(rate < 10 ? 1 : 0)}/s${failed > 0 ? `, ${failed} failed` : ''}`;
  return {
    begin(name, total) {
      phase = name;
      toldAtMs = performance.now();
      write(total === undefined ? phase : `${phase} ${total} ${total === 1 ? 'file' : 'files'}`);
    },
    show(state) {
      if (performance.now() - toldAtMs < intervalMs) return;
      toldAtMs = performance.now();
      write(line(state));
    },
    end: () => {},
    say: write,
  };
}
