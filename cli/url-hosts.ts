import { checkHostPattern } from '../shared/core/url-policy.ts';
import { CliError } from './cli-error.ts';

export const urlHostHelp = `  --url-host HOST     let manifests name https URLs of this host, or of *.HOST; may be given several times
`;

/** For node:util's parseArgs. */
export const urlHostOption = { type: 'string', multiple: true, default: [] } satisfies {
  type: 'string';
  multiple: true;
  default: string[];
};

/** Of every `--url-host HOST`. Throws CliError USAGE for what is no host of the public web. */
export function parseUrlHosts(hosts: readonly string[]): readonly string[] {
  for (const host of hosts) {
    const reason = checkHostPattern(host);
    if (reason !== undefined) throw new CliError('USAGE', `--url-host: ${reason} (given ${host})`);
  }
  return hosts;
}
