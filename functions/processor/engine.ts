import packageJson from '../../package.json' with { type: 'json' };
import type { Engine } from '../../shared/core/receipt.ts';
import type { Pool } from './pool/pool.ts';

/** Versions for the receipt; undefined while no worker has been needed. */
export function engineOf(pool: Pool): Engine | undefined {
  const renderer = pool.engine();
  return renderer === undefined ? undefined : { fanlight: packageJson.version, ...renderer };
}
