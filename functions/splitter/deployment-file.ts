import { readFileSync } from 'node:fs';
import { DeploymentSchema, type Deployment } from '../../shared/core/deployment.ts';
import { parseDocument } from '../../shared/core/parse-document.ts';

/** @param directory of the bundle: `deployment.json` lies beside it */
export function readDeployment(directory: string): Deployment {
  return parseDocument(DeploymentSchema, readFileSync(`${directory}/deployment.json`, 'utf8'), 'deployment.json');
}
