import { readFileSync } from 'node:fs';
import { DeploymentSchema, type Deployment } from '../../shared/core/deployment.ts';
import { parseDocument } from '../../shared/core/parse-document.ts';

/** Reads `deployment.json` from beside the bundle, once, at init. */
export function readDeployment(directory: string = import.meta.dirname): Deployment {
  return parseDocument(DeploymentSchema, readFileSync(`${directory}/deployment.json`, 'utf8'), 'deployment.json');
}
