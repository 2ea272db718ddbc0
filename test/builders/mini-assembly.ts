import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Resources = Record<
  string,
  { Type: string; Properties?: Record<string, unknown>; [section: string]: unknown }
>;

export interface MiniAssembly {
  /** Source of `index.mjs` (or of another file) by logical id: becomes the function's asset. */
  readonly bundles?: Record<string, string | { readonly file: string; readonly code: string }>;
  readonly resources: Resources;
  readonly outputs?: Record<string, unknown>;
  /** Other sections of the template. */
  readonly sections?: Record<string, unknown>;
  readonly stackName?: string;
}

/** Writes the folder that `cdk synth` would write. Returns it. */
export function writeAssembly(dir: string, assembly: MiniAssembly): string {
  const { bundles = {}, stackName = 'Mini' } = assembly;
  const files = Object.entries(bundles).map(([logicalId, bundle]) => {
    const { file, code } = typeof bundle === 'string' ? { file: 'index.mjs', code: bundle } : bundle;
    const path = `asset.${logicalId}`;
    mkdirSync(join(dir, path), { recursive: true });
    writeFileSync(join(dir, path, file), code);
    const destinations = { here: { bucketName: 'assets', objectKey: `${logicalId}.zip` } };
    return [logicalId, { source: { path, packaging: 'zip' }, destinations }] as const;
  });
  const outputs = Object.entries(assembly.outputs ?? {}).map(([name, Value]) => [name, { Value }] as const);
  writeJson(join(dir, `${stackName}.assets.json`), { version: '48.0.0', files: Object.fromEntries(files) });
  writeJson(join(dir, `${stackName}.template.json`), {
    ...assembly.sections,
    Resources: assembly.resources,
    Outputs: Object.fromEntries(outputs),
  });
  writeJson(join(dir, 'manifest.json'), {
    version: '48.0.0',
    artifacts: {
      [`${stackName}.assets`]: { type: 'cdk:asset-manifest', properties: { file: `${stackName}.assets.json` } },
      [stackName]: {
        type: 'aws:cloudformation:stack',
        properties: { templateFile: `${stackName}.template.json` },
        dependencies: [`${stackName}.assets`],
      },
    },
  });
  return dir;
}

function writeJson(path: string, value: unknown): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, JSON.stringify(value));
}

const mayPoll = {
  Effect: 'Allow',
  Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  Resource: '*',
};

/** A function and its role, with the policy statements given; by default it may poll any queue. */
export function functionResources(
  logicalId: string,
  properties: Record<string, unknown> = {},
  statements: readonly object[] = [mayPoll],
): Resources {
  const Policies = [{ PolicyName: 'own', PolicyDocument: { Version: '2012-10-17', Statement: statements } }];
  return {
    [`${logicalId}Role`]: {
      Type: 'AWS::IAM::Role',
      Properties: { AssumeRolePolicyDocument: {}, Policies },
    },
    [logicalId]: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { S3Bucket: { 'Fn::Sub': 'cdk-assets-${AWS::AccountId}-${AWS::Region}' }, S3Key: `${logicalId}.zip` },
        Role: { 'Fn::GetAtt': [`${logicalId}Role`, 'Arn'] },
        ...properties,
      },
    },
  };
}

/** A mapping of a queue to a function, both by logical id. */
export function mappingResource(
  queue: string,
  target: string,
  properties: Record<string, unknown> = {},
): Resources[string] {
  return {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: { 'Fn::GetAtt': [queue, 'Arn'] },
      FunctionName: { Ref: target },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ...properties,
    },
  };
}
