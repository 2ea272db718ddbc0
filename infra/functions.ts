import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RemovalPolicy, Size } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, RecursiveLoop, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Architecture, FunctionOptions } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Deployment } from '../shared/core/deployment.ts';
import type { FunctionBundles, FunctionName } from './bundling.ts';
import type { Sizes } from './validate.ts';

/** The five functions of the picture. */
export type Functions = Readonly<Record<FunctionName, LambdaFunction>>;

/** Environment variables of each function: names and URLs only, 4 KB is all there is. */
export type Environments = Readonly<Record<FunctionName, Readonly<Record<string, string>>>>;

interface FunctionsOptions {
  readonly architecture: Architecture;
  readonly bundles: FunctionBundles;
  readonly deployment: Deployment;
  readonly environments: Environments;
  readonly sizes: Sizes;
}

/** Their messages come back to their own queues on purpose; `hop` bounds them (design 4.1). AWS would stop at about 16 hops. */
const selfFeeding = { recursiveLoop: RecursiveLoop.ALLOW };

export function createFunctions(scope: Construct, options: FunctionsOptions): Functions {
  const { bundles, environments, sizes } = options;
  const create = (name: FunctionName, code: Code, specifics: FunctionOptions) =>
    createFunction(scope, name, code, {
      architecture: options.architecture,
      environment: { ...logging(name), ...environments[name] },
      ...specifics,
    });
  const bookkeeping = { timeout: sizes.bookkeepingTimeout };
  return {
    splitter: create('splitter', withDeployment(bundles.splitter, options.deployment), {
      ...bookkeeping,
      ...selfFeeding,
      memorySize: 1024,
    }),
    processor: create('processor', Code.fromAsset(bundles.processor), {
      ...selfFeeding,
      timeout: sizes.processorTimeout,
      memorySize: sizes.processorMemoryMb,
      ephemeralStorageSize: Size.mebibytes(sizes.processorStorageMb),
      ...(sizes.processorReservedConcurrency === undefined
        ? {}
        : { reservedConcurrentExecutions: sizes.processorReservedConcurrency }),
    }),
    collector: create('collector', Code.fromAsset(bundles.collector), { ...bookkeeping, memorySize: 1024 }),
    rescuer: create('rescuer', Code.fromAsset(bundles.rescuer), { ...bookkeeping, ...selfFeeding, memorySize: 512 }),
    sweeper: create('sweeper', Code.fromAsset(bundles.sweeper), { ...bookkeeping, memorySize: 512 }),
  };
}

/** With a log group and role of its own: the managed basic role may write every log group of the account. */
function createFunction(scope: Construct, name: FunctionName, code: Code, specifics: FunctionOptions): LambdaFunction {
  const id = name.charAt(0).toUpperCase() + name.slice(1);
  const logGroup = new LogGroup(scope, `${id}Logs`, {
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  role.addToPolicy(
    new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
  );
  return new LambdaFunction(scope, id, {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code,
    role,
    logGroup,
    ...specifics,
  });
}

function logging(name: FunctionName): Record<string, string> {
  return { LOG_LEVEL: 'INFO', POWERTOOLS_SERVICE_NAME: name, POWERTOOLS_METRICS_NAMESPACE: 'Fanlight' };
}

/** Routes and recipes do not fit into environment variables, so they lie beside the bundle: in a copy, for this construct alone. */
function withDeployment(bundle: string, deployment: Deployment): Code {
  const directory = mkdtempSync(`${bundle}-`);
  cpSync(bundle, directory, { recursive: true });
  writeFileSync(join(directory, 'deployment.json'), JSON.stringify(deployment));
  return Code.fromAsset(directory);
}
