import { App } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { FanlightStack } from './fanlight-stack.ts';

/** `cdk deploy -c architecture=x86_64` for regions or emulators without arm64. */
function architectureOf(given: unknown): Architecture {
  if (given === undefined || given === 'arm64') return Architecture.ARM_64;
  if (given === 'x86_64') return Architecture.X86_64;
  throw new Error(`the context value architecture must be arm64 or x86_64 (given ${JSON.stringify(given)})`);
}

const app = new App();
export const stack = new FanlightStack(app, 'Fanlight', {
  architecture: architectureOf(app.node.tryGetContext('architecture')),
});
