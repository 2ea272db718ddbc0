import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { App, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import type { LocalSizes } from './assembly.ts';
import { bundleFunctions } from './bundling.ts';
import type { FunctionBundles } from './bundling.ts';
import { FanlightStack } from './fanlight-stack.ts';
import type { Target } from './sharp-closure.ts';

interface SynthesisOptions {
  readonly stackName: string;
  readonly target: Target;
  readonly sizes: LocalSizes;
  readonly functionsRoot: string;
}

/** Synthesizes the stack of `cdk deploy`, its functions bundled for `target`, into the folder `assembly` of `directory`. */
export function synthesize(directory: string, options: SynthesisOptions): void {
  const { target, functionsRoot } = options;
  const outDirectory = join(directory, 'bundles');
  mkdirSync(outDirectory);
  const bundles = bundleFunctions({ outDirectory, target, functionsRoot });
  const app = new App({ outdir: join(directory, 'assembly'), treeMetadata: false });
  createStack(app, bundles, options);
  app.synth();
}

function createStack(
  app: App,
  bundles: FunctionBundles,
  { stackName, target, sizes }: SynthesisOptions,
): FanlightStack {
  return new FanlightStack(app, stackName, {
    bundles,
    architecture: target.cpu === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
    removalPolicy: RemovalPolicy.DESTROY,
    processor: {
      timeout: seconds(sizes.processorTimeoutS),
      memorySize: sizes.processorMemoryMb,
      maxConcurrency: sizes.maxConcurrency,
    },
    bookkeeping: { timeout: seconds(sizes.bookkeepingTimeoutS) },
  });
}

const seconds = (amount: number | undefined): Duration | undefined =>
  amount === undefined ? undefined : Duration.seconds(amount);
