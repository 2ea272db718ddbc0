import type { Command, CommandContext } from './command.ts';
import { deleteBelow } from './earlier-runs.ts';
import type { JobRequest } from './job-request.ts';
import { manifestRequest } from './manifest-request.ts';
import { createProgress } from './progress/progress.ts';
import type { Progress } from './progress/progress.ts';
import { isManifest, overridesOf, readRequest } from './read-request.ts';
import { remoteManifest, remoteSource } from './remote-sources.ts';
import { withRunningStack } from './running-stack.ts';
import { isS3Uri, parseSubmitOptions, submitHelp, type SubmitOptions } from './submit-options.ts';
import { submitRequest, uploadsPrefix, type SubmitTarget } from './submit-request.ts';
import { tellSubmitted } from './tell-submitted.ts';

async function requestOf(options: SubmitOptions, { s3 }: SubmitTarget, cwd: string): Promise<JobRequest> {
  const { paths, dataDir } = options;
  const [first = ''] = paths;
  if (isManifest(paths) && isS3Uri(first)) {
    const manifest = { text: await remoteManifest(s3, first), path: first, folder: undefined };
    return manifestRequest(manifest, await overridesOf(options, cwd), []);
  }
  const remote = await Promise.all(paths.filter(isS3Uri).map((uri) => remoteSource(s3, uri)));
  const local = paths.filter((path) => !isS3Uri(path));
  return readRequest(local, options, { cwd, exclude: [dataDir] }, remote);
}

interface SubmitContext {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Leaves nothing behind of what could not be submitted. */
async function uploadAndSubmit(request: JobRequest, target: SubmitTarget, context: SubmitContext) {
  try {
    return await submitRequest(request, target, context);
  } catch (error) {
    // Where this fails as well, the first error is the one to tell.
    await Promise.allSettled([
      deleteBelow(target.s3, target.uploadsBucket, uploadsPrefix(request.id, target.sourcesPrefix)),
    ]);
    throw error;
  }
}

async function submitJob(args: readonly string[], { cwd, signal }: CommandContext): Promise<number> {
  const options = parseSubmitOptions(args, cwd);
  const { dataDir, watch, json } = options;
  const progress = createProgress(process.stderr);
  try {
    return await withRunningStack(dataDir, async (client, target) => {
      const request = await requestOf(options, target, cwd);
      if (request.hidden > 0) progress.say(`${request.hidden} files or folders with a leading dot are left out`);
      const submitted = await uploadAndSubmit(request, target, { progress, signal });
      progress.stop();
      return tellSubmitted(client, submitted, { watch, json, signal });
    });
  } finally {
    progress.stop();
  }
}

/** `fanlight submit`. */
export const submit: Command = { summary: 'start a job of a running stack', help: submitHelp, run: submitJob };
