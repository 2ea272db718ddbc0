import { isDiskFull } from './cli-error.ts';
import type { Command, CommandContext } from './command.ts';
import { OutputFolder } from './output-folder.ts';
import { createProgress } from './progress/progress.ts';
import { statusOfReport } from './report-status.ts';
import { runJob } from './run-job.ts';
import { parseRunOptions, runHelp } from './run-options.ts';
import { readRequest } from './read-request.ts';
import { ensureSampleSet, sampleTolerancePercent } from './sample/sample-set.ts';
import { summaryOf } from './summary.ts';

async function runImages(args: readonly string[], { cwd, signal }: CommandContext): Promise<number> {
  const startedAtMs = performance.now();
  const options = parseRunOptions(args, cwd);
  const out = new OutputFolder(options.out);
  const progress = createProgress(process.stderr);
  let begun = false;
  try {
    const sample = options.paths.length === 0 ? await ensureSampleSet({ signal, say: progress.say }) : undefined;
    const paths = sample === undefined ? options.paths : [sample];
    const wish = { ...options, ...(sample === undefined ? {} : { tolerateFailedPercent: sampleTolerancePercent }) };
    const request = await readRequest(paths, wish, { cwd, exclude: out.ownPaths });
    if (request.hidden > 0) progress.say(`${request.hidden} files or folders with a leading dot are left out`);
    await out.prepare(request.files.reduce((bytes, file) => bytes + file.sizeBytes, 0));
    const { faultSeed, urlHosts } = options;
    const onSubmitted = (): boolean => (begun = true);
    const report = await runJob(request, out, { progress, signal, faultSeed, urlHosts, onSubmitted });
    progress.stop();
    process.stdout.write(
      options.json ? `${JSON.stringify(report)}\n` : summaryOf(report, out, performance.now() - startedAtMs),
    );
    return statusOfReport(report);
  } catch (error) {
    // A job that was submitted resumes from what it left; on a full disk what it left is what is in the way.
    if (!begun || isDiskFull(error)) await out.undo();
    throw error;
  } finally {
    progress.stop();
  }
}

/** `fanlight run`, `npm start`. */
export const run: Command = { summary: 'render images on this machine', help: runHelp, run: runImages };
