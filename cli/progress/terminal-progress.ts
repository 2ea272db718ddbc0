import { Presets, SingleBar } from 'cli-progress';
import type { PhaseState, PhaseView } from './progress.ts';

const format = '{name} {bar} {count} {rate}{failed}';

/** The bar stays empty. */
const unknownTotal = Number.MAX_SAFE_INTEGER;

/** One bar a phase, on stderr. */
export function terminalProgress(stream: NodeJS.WritableStream): PhaseView {
  let bar: SingleBar | undefined;
  let phase = '';
  const tokens = ({ done, total, failed, rate }: PhaseState): object => {
    const etaS = rate > 0 && total !== undefined && done < total ? Math.ceil((total - done) / rate) : 0;
    return {
      name: phase.padEnd(8),
      count: total === undefined ? String(done) : `${done}/${total}`,
      rate:
        rate > 0 ? `· ${rate < 10 ? rate.toFixed(1) : rate.toFixed(0)}/s${etaS > 0 ? ` · ${etaS} s left` : ''}` : '',
      failed: failed > 0 ? ` · ${failed} failed` : '',
    };
  };
  return {
    begin(name, total) {
      phase = name;
      // Interrupts are main.ts's to handle, not the bar's.
      bar = new SingleBar(
        { format, stream, barsize: 32, hideCursor: true, gracefulExit: false },
        Presets.shades_classic,
      );
      bar.start(total ?? unknownTotal, 0, tokens({ done: 0, total, failed: 0, rate: 0 }));
    },
    show(state) {
      bar?.setTotal(state.total ?? unknownTotal);
      bar?.update(state.done, tokens(state));
    },
    end(state) {
      bar?.update(state.done, tokens(state));
      bar?.stop();
      bar = undefined;
    },
    say(message) {
      stream.write(`${message}\n`);
    },
  };
}
