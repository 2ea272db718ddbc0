import { App } from 'aws-cdk-lib';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One folder for each of vitest's workers, used again and again: of an App without `outdir` a new one stays behind each time. */
const outdir = join(tmpdir(), `fanlight-cdk-test-${process.env['VITEST_POOL_ID'] ?? '0'}`);

export function cdkApp(): App {
  return new App({ outdir });
}
