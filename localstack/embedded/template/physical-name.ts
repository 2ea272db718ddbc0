import { createHash } from 'node:crypto';

const SUFFIX_LENGTH = 12;

/**
 * The name of a resource that the template leaves unnamed: as on AWS, `stack-logicalid-suffix`; here the suffix is a
 * hash, so that the same stack opened again finds its buckets and queues.
 * @param maxLength AWS's limit for the type; the logical id is cut to fit
 */
export function physicalName(stackName: string, logicalId: string, maxLength: number): string {
  const suffix = createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex').slice(0, SUFFIX_LENGTH);
  const head = `${stackName}-${logicalId}`.slice(0, maxLength - SUFFIX_LENGTH - 1);
  return `${head}-${suffix}`;
}
