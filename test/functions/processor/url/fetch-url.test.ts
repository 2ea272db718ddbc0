import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { LookupAddress } from 'node:dns';
import type { ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import packageJson from '../../../../package.json' with { type: 'json' };
import { createUrlFetcher, type UrlFetcherOptions } from '../../../../functions/processor/url/fetch-url.ts';
import { certificateFor, type Certificate } from '../../../builders/https-certificate.ts';
import { listenOn } from '../../../builders/https-listen.ts';
import { httpsOrigin, type Answer } from '../../../builders/https-origin.ts';

const certificate = certificateFor(['good.example', '*.good.example']);
const picture = Buffer.alloc(200_000, 'picture');

let failuresLeft = 0;

function status(code: number): [string, Answer] {
  return [`/status/${code}`, (response) => response.writeHead(code).end('no picture')];
}
function redirect(code: number): [string, Answer] {
  return [`/redirect/${code}`, (response) => response.writeHead(code, { location: '../picture?size=1' }).end('moved')];
}
/** Writes again and again, until nobody listens any more. */
function drip(response: ServerResponse, write: () => void): void {
  const timer = setInterval(write, 5);
  response.on('close', () => clearInterval(timer));
}
function breakOff(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': picture.length });
  response.write(picture.subarray(0, 1_000), () => response.destroy());
}

const files: Readonly<Record<string, Answer>> = {
  '/picture?size=1': (response) => response.writeHead(200, { 'content-length': picture.length }).end(picture),
  '/chunked': (response) => {
    response.write(picture.subarray(0, 70_000));
    response.end(picture.subarray(70_000));
  },
  '/until-closed': (response) => {
    response.removeHeader('transfer-encoding');
    response.socket?.end(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), picture]));
  },
  ...Object.fromEntries([204, 206, 300, 304, 400, 401, 403, 404, 408, 410, 418, 425, 429, 451].map(status)),
  ...Object.fromEntries([500, 502, 503, 504].map(status)),
  ...Object.fromEntries([301, 302, 303, 307, 308].map(redirect)),
  '/elsewhere': (response) => response.writeHead(302, { location: 'https://cdn.good.example/picture?size=1' }).end(),
  '/five': (response) => response.writeHead(302, { location: '/four' }).end(),
  '/four': (response) => response.writeHead(302, { location: '/three' }).end(),
  '/three': (response) => response.writeHead(302, { location: '/two' }).end(),
  '/two': (response) => response.writeHead(302, { location: '/one' }).end(),
  '/one': (response) => response.writeHead(302, { location: '/picture?size=1' }).end(),
  '/loop': (response) => response.writeHead(302, { location: '/loop' }).end(),
  '/resumed': (response, { socket }) => response.end(String(socket instanceof TLSSocket && socket.isSessionReused())),
  '/slow-loop': (response) => setTimeout(() => response.writeHead(302, { location: '/slow-loop' }).end(), 300),
  '/nowhere': (response) => response.writeHead(302).end(),
  '/gzip': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(picture),
  '/empty': (response) => response.writeHead(200, { 'content-length': 0 }).end(),
  '/empty-chunked': (response) => response.writeHead(200, { 'transfer-encoding': 'chunked' }).end(),
  '/announces-too-much': (response) => response.writeHead(200, { 'content-length': 200_001 }).flushHeaders(),
  '/endless': (response) => {
    response.writeHead(200);
    drip(response, () => response.write(Buffer.alloc(50_000)));
  },
  '/silent': () => undefined,
  '/slow-headers': (response) => {
    response.socket?.write('HTTP/1.1 200 OK\r\n');
    drip(response, () => response.socket?.write('x-a: b\r\n'));
  },
  '/endless-hints': (response) => drip(response, () => response.writeProcessing()),
  '/big-headers': (response) => response.writeHead(200, { 'x-big': 'x'.repeat(20_000) }).end(picture),
  '/no-http': (response) => response.socket?.end('SSH-2.0-OpenSSH_9.2\r\n'),
  '/bad-length': (response) => response.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 1e3\r\n\r\nx'),
  '/stops': (response) => {
    response.writeHead(200, { 'content-length': picture.length });
    response.write(picture.subarray(0, 1_000));
  },
  '/drips': (response) => {
    response.writeHead(200);
    drip(response, () => response.write('.'));
  },
  '/breaks-off': breakOff,
  '/breaks-off-chunked': (response) => response.write(picture, () => response.destroy()),
  '/breaks-off-sometimes': (response) => {
    failuresLeft -= 1;
    if (failuresLeft >= 0) breakOff(response);
    else response.end(picture);
  },
  '/resets': (response) => {
    response.writeHead(200, { 'content-length': picture.length });
    // A reset of the connection below TLS, in the middle of the body.
    response.write(picture.subarray(0, 1_000), () => response.socket?.destroy());
  },
  '/ends-early': (response) => response.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npicture'),
  '/hangs-up': (response) => response.socket?.destroy(),
};

let origin: Awaited<ReturnType<typeof httpsOrigin>>;
let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fanlight-url-'));
  path = join(folder, 'image');
  origin = await httpsOrigin(certificate, files);
});
afterAll(async () => {
  origin.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => void origin.takeRequests());

const loopback: readonly LookupAddress[] = [{ address: '127.0.0.1', family: 4 }];

function fetcherOf(options: Partial<UrlFetcherOptions> = {}) {
  return createUrlFetcher({
    hosts: ['good.example', '*.good.example'],
    lookup: () => Promise.resolve(loopback),
    isAllowedAddress: (ip) => ip === '127.0.0.1',
    ca: certificate.cert,
    port: origin.port,
    ...options,
  });
}

function save(file: string, options: Partial<UrlFetcherOptions> = {}, signal = AbortSignal.timeout(20_000)) {
  return fetcherOf(options).save(`https://good.example${file}`, path, signal);
}

const saved = { sizeBytes: picture.length, version: createHash('sha256').update(picture).digest('hex') };

test.each(['/picture?size=1', '/chunked', '/until-closed'])('%s is saved with its size and hash', async (file) => {
  expect(await save(file)).toEqual(saved);
  expect(await readFile(path)).toEqual(picture);
});

test('a request says who asks, and nothing else', async () => {
  await save('/picture?size=1#fragment');
  const [request] = origin.takeRequests();
  expect(request?.method).toBe('GET');
  expect(request?.httpVersion).toBe('1.1');
  expect(request?.url).toBe('/picture?size=1');
  expect(request?.headers).toEqual({
    accept: 'image/*,*/*;q=0.5',
    'accept-encoding': 'identity',
    'user-agent': `fanlight/${packageJson.version}`,
    host: `good.example:${origin.port}`,
    connection: 'close',
  });
});

test('each connection proves anew who the host is', async () => {
  const fetcher = fetcherOf();
  for (const name of ['first', 'second']) {
    await fetcher.save('https://good.example/resumed', join(folder, name), AbortSignal.timeout(20_000));
    expect(await readFile(join(folder, name), 'utf8')).toBe('false');
  }
});

test('where the first address does not answer, the next one is asked', async () => {
  const both = [{ address: '::1', family: 6 }, ...loopback];
  const options = { lookup: () => Promise.resolve(both), isAllowedAddress: () => true };
  expect(await save('/picture?size=1', options)).toEqual(saved);
});

test.each([301, 302, 303, 307, 308])('a redirect by %i is followed', async (code) => {
  expect(await save(`/redirect/${code}`)).toEqual(saved);
});

test('a redirect to another host of the allow-list asks that host', async () => {
  expect(await save('/elsewhere')).toEqual(saved);
  const hosts = origin.takeRequests().map(({ headers }) => headers.host);
  expect(hosts).toEqual([`good.example:${origin.port}`, `cdn.good.example:${origin.port}`]);
});

test('five redirects are followed, and no more', async () => {
  expect(await save('/five')).toEqual(saved);
  expect(origin.takeRequests()).toHaveLength(6);
  await expect(save('/loop')).rejects.toMatchObject({ code: 'URL_REFUSED' });
  expect(origin.takeRequests()).toHaveLength(6);
});

test.each([
  ['/status/404', 'NOT_FOUND'],
  ['/status/410', 'NOT_FOUND'],
  ['/unknown?token=secret', 'NOT_FOUND'],
  ['/status/401', 'ACCESS_DENIED'],
  ['/status/403', 'ACCESS_DENIED'],
  ['/status/451', 'ACCESS_DENIED'],
  ['/status/204', 'URL_REFUSED'],
  ['/status/206', 'URL_REFUSED'],
  ['/status/300', 'URL_REFUSED'],
  ['/status/304', 'URL_REFUSED'],
  ['/status/400', 'URL_REFUSED'],
  ['/status/418', 'URL_REFUSED'],
  ['/nowhere', 'URL_REFUSED'],
  ['/gzip', 'URL_REFUSED'],
  ['/big-headers', 'URL_REFUSED'],
  ['/no-http', 'URL_REFUSED'],
  ['/bad-length', 'URL_REFUSED'],
  ['/empty', 'EMPTY_SOURCE'],
  ['/empty-chunked', 'EMPTY_SOURCE'],
])('%s fails for good: %s', async (file, code) => {
  await expect(save(file)).rejects.toMatchObject({
    code,
    kind: 'permanent',
    message: expect.not.stringMatching(/secret|127\.0/),
  });
  expect(origin.takeRequests()).toHaveLength(1);
});

test.each([408, 425, 429, 500, 502, 503, 504])('an answer of %i is worth another try later', async (code) => {
  await expect(save(`/status/${code}`)).rejects.toMatchObject({ name: 'Unavailable' });
  expect(origin.takeRequests()).toHaveLength(1);
});

test.each(['/announces-too-much', '/endless', '/picture?size=1', '/chunked'])('%s is too large', async (file) => {
  await expect(save(file, { limits: { maxBytes: 199_999 } })).rejects.toMatchObject({ code: 'TOO_LARGE' });
  expect(origin.takeRequests()).toHaveLength(1);
});

test('a file of the largest size is read', async () => {
  expect(await save('/chunked', { limits: { maxBytes: picture.length } })).toEqual(saved);
});

test.each([
  { file: '/silent', limits: { answerMs: 300 }, missed: 'the host did not answer in time' },
  { file: '/slow-headers', limits: { answerMs: 300 }, missed: 'the host did not answer in time' },
  { file: '/endless-hints', limits: { answerMs: 300 }, missed: 'the host did not answer in time' },
  { file: '/stops', limits: { silenceMs: 300 }, missed: 'the host stopped sending' },
  { file: '/drips', limits: { silenceMs: 500, wholeMs: 1_500 }, missed: 'it took longer than one image may' },
])('$file is given up: $missed', async ({ file, limits, missed }) => {
  await expect(save(file, { limits })).rejects.toMatchObject({
    name: 'Unavailable',
    message: `reading the URL was given up: ${missed}`,
  });
  expect(origin.takeRequests()).toHaveLength(1);
});

test('the time of redirects adds up', async () => {
  await expect(save('/slow-loop', { limits: { wholeMs: 900 } })).rejects.toMatchObject({ name: 'Unavailable' });
});

test('a host that accepts connections and speaks no TLS is given up', async () => {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => sockets.push(socket.on('error', () => undefined)));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const port = await listenOn(server, '127.0.0.1', 0);
  await expect(save('/picture', { port, limits: { connectMs: 300 } })).rejects.toMatchObject({
    name: 'Unavailable',
    message: 'reading the URL was given up: the host was not connected in time',
  });
  expect(sockets).toHaveLength(1);
});

test('a name that nobody looks up in time is given up', async () => {
  const unanswered = Promise.withResolvers<never>().promise;
  const saving = save('/picture', { lookup: () => unanswered, limits: { connectMs: 50 } });
  await expect(saving).rejects.toMatchObject({ name: 'Unavailable' });
});

test.each(['/breaks-off', '/breaks-off-chunked', '/ends-early', '/resets'])(
  '%s is tried three times, then later',
  async (file) => {
    await expect(save(file)).rejects.toMatchObject({ name: 'Interrupted' });
    expect(origin.takeRequests()).toHaveLength(3);
  },
);

test('a transfer that breaks off is repeated from the start', async () => {
  failuresLeft = 2;
  expect(await save('/breaks-off-sometimes')).toEqual(saved);
  expect(await readFile(path)).toEqual(picture);
});

test('a host that hangs up or refuses connections is unavailable, and its address is not told', async () => {
  await expect(save('/hangs-up')).rejects.toMatchObject({
    name: 'Unavailable',
    message: 'good.example could not be reached (ECONNRESET)',
  });
  const server = createTcpServer();
  const port = await listenOn(server, '127.0.0.1', 0);
  await new Promise((closed) => server.close(closed));
  await expect(save('/picture', { port })).rejects.toMatchObject({
    name: 'Unavailable',
    message: 'good.example could not be reached (ECONNREFUSED)',
  });
});

test.each([
  ['ENOTFOUND', { code: 'NOT_FOUND', message: 'the host good.example does not exist' }],
  ['EAI_AGAIN', { name: 'Unavailable', message: 'the host good.example could not be looked up (EAI_AGAIN)' }],
])('name resolution that ends in %s', async (code, expected) => {
  const lookup = () => Promise.reject(Object.assign(new Error(`getaddrinfo ${code}`), { code }));
  await expect(save('/picture', { lookup })).rejects.toMatchObject(expected);
});

test('a name without addresses is not found', async () => {
  await expect(save('/picture', { lookup: () => Promise.resolve([]) })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

async function savedFrom(served: Certificate, options: Partial<UrlFetcherOptions> = {}) {
  const server = await httpsOrigin(served, files);
  onTestFinished(() => server.close());
  return await save('/picture?size=1', { ca: served.cert, port: server.port, ...options });
}

test('certificates that do not hold are refused', async () => {
  const refusals = [
    { reason: 'DEPTH_ZERO_SELF_SIGNED_CERT', attempt: savedFrom(certificate, { ca: certificateFor([]).cert }) },
    { reason: 'ERR_TLS_CERT_ALTNAME_INVALID', attempt: savedFrom(certificateFor(['secret.internal'])) },
    { reason: 'CERT_HAS_EXPIRED', attempt: savedFrom(certificateFor(['good.example'], { expired: true })) },
  ];
  for (const { reason, attempt } of refusals) {
    await expect(attempt).rejects.toMatchObject({
      code: 'URL_REFUSED',
      message: `the URL is refused: the certificate of good.example does not hold (${reason})`,
    });
  }
});

test('certificates are checked, whatever the environment says', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => void vi.unstubAllEnvs());
  const attempt = savedFrom(certificateFor(['good.example']), { ca: certificate.cert });
  await expect(attempt).rejects.toMatchObject({ code: 'URL_REFUSED' });
});

test('a server that speaks no TLS is refused', async () => {
  const server = createTcpServer((socket) =>
    socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
  );
  onTestFinished(() => void server.close());
  const port = await listenOn(server, '127.0.0.1', 0);
  await expect(save('/picture', { port })).rejects.toMatchObject({
    code: 'URL_REFUSED',
    message: expect.stringContaining('speaks no TLS'),
  });
});

test.each(['/silent', '/stops', '/drips'])('%s ends when the caller has no more time', async (file) => {
  const caller = new AbortController();
  const saving = save(file, {}, caller.signal);
  await expect.poll(() => origin.takeRequests().length).toBe(1);
  const reason = new Error('the time is over');
  caller.abort(reason);
  await expect(saving).rejects.toBe(reason);
});

test('four requests to one host at once; others wait their turn, and may give up', async () => {
  const lookups: { host: string; answer: () => void }[] = [];
  const fetcher = fetcherOf({
    lookup: (host) => new Promise((resolve) => lookups.push({ host, answer: () => resolve(loopback) })),
  });
  const impatient = new AbortController();
  const never = new AbortController().signal;
  const start = (host: string, index: number, signal = never) =>
    fetcher.save(`https://${host}/picture?size=1`, join(folder, String(index)), signal);
  const first = [0, 1, 2, 3].map((index) => start('good.example', index));
  const waiting = [4, 5, 6, 7].map((index) => start('good.example', index, impatient.signal));
  const patient = [8, 9].map((index) => start('good.example', index));
  const other = start('cdn.good.example', 10);

  await expect.poll(() => lookups.length).toBe(5);
  expect(lookups.map(({ host }) => host).toSorted()).toEqual(['cdn.good.example', ...Array(4).fill('good.example')]);
  const reason = new Error('the time is over');
  impatient.abort(reason);
  for (const gaveUp of waiting) await expect(gaveUp).rejects.toBe(reason);
  expect(lookups).toHaveLength(5);

  for (const { answer } of lookups) answer();
  await Promise.all([...first, other]);
  await expect.poll(() => lookups.length).toBe(7);
  for (const { answer } of lookups.slice(5)) answer();
  expect(await Promise.all(patient)).toEqual([saved, saved]);
});

test('a disk that cannot be written is no matter of the host', async () => {
  const missing = join(folder, 'missing', 'image');
  const saving = fetcherOf().save('https://good.example/picture?size=1', missing, AbortSignal.timeout(20_000));
  await expect(saving).rejects.toMatchObject({ code: 'ENOENT' });
  expect(origin.takeRequests()).toHaveLength(1);
});
