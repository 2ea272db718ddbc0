import { readFileSync } from 'node:fs';
import { DeploymentSchema, type Deployment } from '../../shared/core/deployment.ts';

/** Reads `deployment.json` from beside the bundle, once, at init. */
export function readDeployment(directory: string = import.meta.dirname): Deployment {
  return DeploymentSchema.parse(JSON.parse(readFileSync(`${directory}/deployment.json`, 'utf8')));
}
