import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { FanlightError } from '../../../shared/core/errors.ts';
import { checkHostPattern, checkUrl } from '../../../shared/core/url-policy.ts';

const hosts = ['images.example.com', '*.cdn.example.com', 'xn--bcher-kva.example', 'a_b.example.com'];

test.each([
  ['https://images.example.com/a.png', 'https://images.example.com/a.png'],
  ['HTTPS://Images.Example.COM/A.png', 'https://images.example.com/A.png'],
  ['https://images.example.com:443/a.png', 'https://images.example.com/a.png'],
  ['https://images.example.com', 'https://images.example.com/'],
  ['https://images.example.com?size=1', 'https://images.example.com/?size=1'],
  ['https://images.example.com/shoe 1.jpg', 'https://images.example.com/shoe%201.jpg'],
  ['https://images.example.com/a@b:c/../d%2Fe.png', 'https://images.example.com/d%2Fe.png'],
  ['https://eu.cdn.example.com/a.png', 'https://eu.cdn.example.com/a.png'],
  ['https://1.eu.cdn.example.com/a.png', 'https://1.eu.cdn.example.com/a.png'],
  ['https://bücher.example/a.png', 'https://xn--bcher-kva.example/a.png'],
  ['https://a_b.example.com/a.png', 'https://a_b.example.com/a.png'],
])('%s is allowed', (url, href) => {
  expect(checkUrl(url, hosts).href).toBe(href);
});

test.each([
  ['http://images.example.com/', 'only https is read'],
  ['javascript:alert(1)', 'only https is read'],
  ['images.example.com/a.png', 'https://host/path is expected'],
  ['https:images.example.com', 'https://host/path is expected'],
  ['https://images.example.com\\a.png', 'it holds a backslash or a control character'],
  ['https://images.example.com/a\n.png', 'it holds a backslash or a control character'],
  [`https://images.example.com/${'a'.repeat(2_022)}`, 'it has more than 2048 characters'],
  ['https://user:pw@images.example.com/', 'a user name or password in it is never sent'],
  ['https://[::1/', 'it cannot be parsed'],
  ['https://2130706433/', 'an IP address in place of a host name is refused'],
  ['https://[::1]/', 'an IP address in place of a host name is refused'],
  ['https://images.example.com./', 'the host is not a DNS name'],
  ['https://images..example.com/', 'the host is not a DNS name'],
  ['https://intranet/', 'a host name of two labels or more is expected'],
  ['https://a.internal/', 'hosts below .internal belong to private networks'],
  ['https://images.example.com:8443/', 'only the default port is used (given 8443)'],
  ['https://cdn.example.com/', 'cdn.example.com is not one of the hosts that the deployment names (urlHosts)'],
  ['https://xcdn.example.com/', 'xcdn.example.com is not one of the hosts that the deployment names (urlHosts)'],
  ['https://example.com/', 'example.com is not one of the hosts that the deployment names (urlHosts)'],
])('%s is refused: %s', (url, why) => {
  const refusal = expect.objectContaining({ code: 'URL_REFUSED', message: `the URL is refused: ${why}` });
  expect(() => checkUrl(url, hosts)).toThrow(refusal);
});

test('a URL of 2,048 characters is allowed', () => {
  const url = `https://images.example.com/${'a'.repeat(2_021)}`;
  expect(checkUrl(url, hosts).href).toBe(url);
});

test('without allowed hosts every URL is refused', () => {
  expect(() => checkUrl('https://images.example.com/', [])).toThrow(FanlightError);
});

/** Pieces that meet in attacks on parsers, and plain noise. */
const piece = fc.oneof(
  fc.constantFrom(
    'https:',
    'http:',
    '//',
    '/',
    '\\',
    '@',
    ':',
    '#',
    '?',
    '[',
    ']',
    '.',
    '。',
    '%2e',
    '%00',
    '\t',
    '\n',
    ' ',
  ),
  fc.constantFrom('images.example.com', 'cdn.example.com', '127.0.0.1', '0x7f.1', '[::1]', 'localhost', ':443', ':80'),
  fc.string({ maxLength: 5, unit: 'grapheme' }),
);

/** Undefined when it is refused. */
function allowed(text: string): URL | undefined {
  try {
    return checkUrl(text, hosts);
  } catch (error) {
    if (error instanceof FanlightError && error.code === 'URL_REFUSED') return undefined;
    throw error;
  }
}

test('whatever is allowed is https, of an allowed host, at the default port, without credentials', () => {
  const rest = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
  const text = fc.oneof(
    rest,
    rest.map((tail) => `https://${tail}`),
    rest.map((tail) => `https://images.example.com${tail}`),
  );
  const origin = /^https:\/\/(images\.example\.com|([a-z0-9_-]+\.)+cdn\.example\.com)\//;
  const check = fc.property(text, (url) => {
    expect(allowed(url)?.href ?? 'https://images.example.com/refused').toMatch(origin);
  });
  fc.assert(check, { numRuns: 2_000 });
});

test('what is private in a URL is in no message', () => {
  const tails = ['/private-path?private-token=1#private-part', ':8443/private-path', '\\private-path', '/private\n'];
  const origins = ['http://', 'https://', 'https://private:private@', 'ftp://private@', 'private'];
  for (const url of origins.flatMap((origin) => tails.map((tail) => `${origin}other.example${tail}`))) {
    const silent = expect.objectContaining({ message: expect.not.stringContaining('private') });
    expect(() => checkUrl(url, hosts), url).toThrow(silent);
  }
});

test.each(['images.example.com', '*.example.com', '*.a.b.example.com', 'xn--bcher-kva.example', 'a_b.example.com'])(
  '%s may be named in urlHosts',
  (pattern) => {
    expect(checkHostPattern(pattern)).toBeUndefined();
  },
);

test.each([
  ['', 'a host name without scheme, port and path expected'],
  ['*', 'a wildcard stands only for the labels at the front, as in *.example.com'],
  ['*.', 'a host name without scheme, port and path expected'],
  ['*.*.example.com', 'a wildcard stands only for the labels at the front, as in *.example.com'],
  ['images.*.com', 'a wildcard stands only for the labels at the front, as in *.example.com'],
  ['*example.com', 'a wildcard stands only for the labels at the front, as in *.example.com'],
  ['*.com', 'a host name of two labels or more is expected'],
  ['https://images.example.com', 'a host name without scheme, port and path expected'],
  ['images.example.com/', 'a host name without scheme, port and path expected'],
  ['images.example.com:443', 'a host name without scheme, port and path expected'],
  ['user@example.com', 'a host name without scheme, port and path expected'],
  ['images.example.com ', 'a host name without scheme, port and path expected'],
  ['93.184.215.14', 'an IP address in place of a host name is refused'],
  ['0x7f.1', 'an IP address in place of a host name is refused'],
  ['*.0.0.1', 'an IP address in place of a host name is refused'],
  ['localhost', 'a host name of two labels or more is expected'],
  ['*.internal.', 'the host is not a DNS name'],
  ['a..example.com', 'the host is not a DNS name'],
  ['nas.local', 'hosts below .local belong to private networks'],
  ['Images.example.com', 'lower case and punycode expected: images.example.com'],
  ['*.bücher.example', 'lower case and punycode expected: xn--bcher-kva.example'],
])('%j may not be named in urlHosts: %s', (pattern, why) => {
  expect(checkHostPattern(pattern)).toBe(why);
});
