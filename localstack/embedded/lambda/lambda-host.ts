import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Endpoint } from '../endpoint.ts';
import type { Guardian } from '../guardian.ts';
import type { FunctionModel } from '../template/stack-model.ts';
import { credentialsOf } from './credentials.ts';
import type { EnvironmentState } from './execution-environment.ts';
import { FunctionLog } from './function-log.ts';
import type { LogListener } from './function-log.ts';
import { LambdaFunction } from './lambda-function.ts';
import { MemoryWatch } from './memory-watch.ts';
import { RuntimeApi } from './runtime-api.ts';

export interface LambdaHostOptions {
  readonly functions: readonly FunctionModel[];
  readonly endpoint: Endpoint;
  readonly guardian: Guardian;
  /** Holds the environments' `/tmp`. */
  readonly scratchDir: string;
  /** `<function name>.log` for each function. */
  readonly logDir: string;
  readonly maxEnvironmentsPerFunction: number;
  readonly idleTimeoutMs: number | undefined;
  readonly onLog: LogListener | undefined;
}

/** A function of an open stack, as seen from outside. */
export interface FunctionStatus {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** `pid` leads the environment's process group. */
  readonly environments: readonly { readonly pid: number | undefined; readonly state: EnvironmentState }[];
}

/** All functions of a stack, their logs and the Runtime API that serves them. */
export class LambdaHost {
  readonly #runtimeApi: RuntimeApi;
  readonly #functions: readonly LambdaFunction[];
  readonly #logs: readonly FunctionLog[];

  private constructor(runtimeApi: RuntimeApi, functions: readonly LambdaFunction[], logs: readonly FunctionLog[]) {
    this.#runtimeApi = runtimeApi;
    this.#functions = functions;
    this.#logs = logs;
  }

  static async open(options: LambdaHostOptions): Promise<LambdaHost> {
    const { endpoint, guardian, idleTimeoutMs, scratchDir } = options;
    await mkdir(options.logDir, { recursive: true });
    const runtimeApi = await RuntimeApi.open();
    const memoryWatch = new MemoryWatch();
    const logs: FunctionLog[] = [];
    const functions = options.functions.map((model) => {
      const log = new FunctionLog(join(options.logDir, `${model.name}.log`), model.name, options.onLog);
      logs.push(log);
      const issueCredentials = credentialsOf(model, endpoint);
      const { clock, faults, region, url: endpointUrl } = endpoint;
      const site = { clock, faults, region, endpointUrl, scratchDir };
      return new LambdaFunction({
        context: { model, issueCredentials, ...site, runtimeApi, guardian, memoryWatch, log },
        maxEnvironments: options.maxEnvironmentsPerFunction,
        idleTimeoutMs,
      });
    });
    return new LambdaHost(runtimeApi, functions, logs);
  }

  /** @param id logical id, name or ARN */
  find(id: string): LambdaFunction | undefined {
    return this.#functions.find(({ model }) => [model.logicalId, model.name, model.arn].includes(id));
  }

  status(): FunctionStatus[] {
    return this.#functions.map(({ model: { logicalId, name, arn }, environments }) => ({
      logicalId,
      name,
      arn,
      environments: environments.map(({ pid, state }) => ({ pid, state })),
    }));
  }

  /** Whether no invocation is running or waiting. */
  get isIdle(): boolean {
    return this.#functions.every((each) => each.isIdle);
  }

  /** Kills every environment; returns how many there were. */
  killAll(): number {
    const environments = this.#functions.flatMap((each) => each.environments);
    for (const environment of environments) environment.kill();
    return environments.length;
  }

  /** Ends every environment. */
  async close(): Promise<void> {
    await Promise.all(this.#functions.map((each) => each.close()));
    await this.#runtimeApi.close();
    await Promise.all(this.#logs.map((log) => log.close()));
  }
}
