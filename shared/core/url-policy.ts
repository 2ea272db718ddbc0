import { FanlightError } from './errors.ts';

const maxUrlLength = 2_048;
/** Of a DNS name in text: RFC 1035, section 2.3.4. */
const maxNameLength = 253;

/**
 * Last labels of names that mean something else in every network: RFC 6761, 6762, 7686, 8375, 9476, ICANN's .internal, and the
 * undelegated ones that routers and companies use. `.example` is left: it cannot be registered, and documentation uses it.
 */
const privateSuffixes = new Set(
  'alt arpa corp home internal intranet invalid lan local localdomain localhost onion private test'.split(' '),
);

const label = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/** What is wrong with a host name as WHATWG URL has normalised it: every spelling of an IPv4 address is four numbers by then. */
function nameProblem(host: string): string | undefined {
  if (host.startsWith('[') || /^[\d.]+$/.test(host)) return 'an IP address in place of a host name is refused';
  const labels = host.split('.');
  if (host.length > maxNameLength || !labels.every((part) => label.test(part))) return 'the host is not a DNS name';
  if (labels.length === 1) return 'a host name of two labels or more is expected';
  const suffix = labels.at(-1) ?? '';
  return privateSuffixes.has(suffix) ? `hosts below .${suffix} belong to private networks` : undefined;
}

/** `*.example.com` matches any depth below example.com, and not example.com itself. */
function matches(host: string, pattern: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}

function refused(what: string): FanlightError {
  return new FanlightError('URL_REFUSED', `the URL is refused: ${what}`);
}

/** What is wrong with how it is written. URL parsers forgive these, not all of them alike: none of them is in a URL by accident. */
function spellingProblem(url: string): string | undefined {
  if (url.length > maxUrlLength) return `it has more than ${maxUrlLength} characters`;
  const scheme = /^\s*([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'https') return 'only https is read';
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\u0000-\u001f\u007f\\]/.test(url)) return 'it holds a backslash or a control character';
  const authority = /^ *https:\/\/([^/?#]+)/i.exec(url)?.[1];
  if (authority === undefined) return 'https://host/path is expected';
  return authority.includes('@') ? 'a user name or password in it is never sent' : undefined;
}

/**
 * Judges a URL by its text alone: https at the default port, of a host that the deployment names. What the name resolves to is
 * judged when a connection is made.
 *
 * @param hosts exact names, or `*.example.com` for all below example.com; as {@link checkHostPattern} accepts them
 * @throws FanlightError URL_REFUSED; its message holds no more of the URL than host and port
 */
export function checkUrl(url: string, hosts: readonly string[]): URL {
  const spelling = spellingProblem(url);
  if (spelling !== undefined) throw refused(spelling);
  const parsed = URL.parse(url);
  if (parsed === null) throw refused('it cannot be parsed');
  const problem = nameProblem(parsed.hostname);
  if (problem !== undefined) throw refused(problem);
  if (parsed.port !== '') throw refused(`only the default port is used (given ${parsed.port})`);
  const { hostname } = parsed;
  if (!hosts.some((pattern) => matches(hostname, pattern)))
    throw refused(`${hostname} is not one of the hosts that the deployment names (urlHosts)`);
  return parsed;
}

/** What is wrong with an entry of `urlHosts`; undefined for an exact host name, or `*.` before one of two labels or more. */
export function checkHostPattern(pattern: string): string | undefined {
  const name = pattern.startsWith('*.') ? pattern.slice(2) : pattern;
  if (name.includes('*')) return 'a wildcard stands only for the labels at the front, as in *.example.com';
  if (name === '' || /[\s/\\:@?#%]/.test(name)) return 'a host name without scheme, port and path expected';
  const normalised = URL.parse(`https://${name}/`)?.hostname;
  if (normalised === undefined) return 'the host is not a DNS name';
  const problem = nameProblem(normalised);
  if (problem !== undefined) return problem;
  return normalised === name ? undefined : `lower case and punycode expected: ${normalised}`;
}
