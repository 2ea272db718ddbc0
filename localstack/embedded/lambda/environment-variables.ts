import { delimiter, dirname } from 'node:path';
import type { Credentials } from './credentials.ts';
import type { FunctionModel } from '../template/stack-model.ts';

export interface EnvironmentSite {
  readonly region: string;
  readonly endpointUrl: string;
  readonly credentials: Credentials;
  readonly runtimeApiAddress: string;
  readonly logStreamName: string;
  /** The environment's own `/tmp`. */
  readonly tmpDir: string;
}

/**
 * All variables that a function sees: built from nothing, so that no profile, endpoint or option of the caller gets in.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function environmentVariables(model: FunctionModel, site: EnvironmentSite): Record<string, string> {
  return {
    ...model.environment,
    AWS_ENDPOINT_URL: site.endpointUrl,
    AWS_REGION: site.region,
    AWS_DEFAULT_REGION: site.region,
    AWS_ACCESS_KEY_ID: site.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: site.credentials.secretAccessKey,
    AWS_SESSION_TOKEN: site.credentials.sessionToken,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(model.memorySizeMb),
    AWS_LAMBDA_FUNCTION_NAME: model.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${model.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: site.logStreamName,
    AWS_LAMBDA_RUNTIME_API: site.runtimeApiAddress,
    LAMBDA_TASK_ROOT: model.codeDir,
    _HANDLER: model.handler,
    LANG: 'en_US.UTF-8',
    PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    TMPDIR: site.tmpDir,
    TZ: ':UTC',
  };
}
