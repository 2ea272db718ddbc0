import type { LookupAddress } from 'node:dns';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createUrlFetcher, type UrlFetcherOptions } from '../../../../functions/processor/url/fetch-url.ts';
import { certificateFor } from '../../../builders/https-certificate.ts';
import { httpsOrigin, type Answer } from '../../../builders/https-origin.ts';
import { countConnectAttempts, trapServer } from '../../../builders/trap-server.ts';
import { addressUrls, foreignUrls, otherUrls, privateAddresses, privateNameUrls, sloppyUrls } from './spellings.ts';

const certificate = certificateFor(['good.example', '*.good.example', '*.wild.example', 'evil.example', 'localhost']);
const spellings = [...addressUrls, ...privateNameUrls, ...foreignUrls, ...otherUrls, ...sloppyUrls];
/** As a deployment might name them that means no good, or no harm. */
const hosts = [
  'good.example',
  '*.wild.example',
  '*.good.example',
  'localhost',
  'metadata',
  '127.0.0.1',
  '[::1]',
  '*.internal',
  '*.local',
  '*.localhost',
];
/** Headers hold neither control characters nor what Latin-1 lacks. */
const locations = spellings.filter((url) => /^[a-z0-9]+:[\x20-\x7e]+$/i.test(url) && !sloppyUrls.includes(url));

let trap: Awaited<ReturnType<typeof trapServer>>;
let origin: Awaited<ReturnType<typeof httpsOrigin>>;
let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fanlight-trap-'));
  path = join(folder, 'image');
  trap = await trapServer(certificate);
  const redirects = locations.map((location, index): [string, Answer] => [
    `/to/${index}`,
    (response) => response.writeHead(302, { location }).end(),
  ]);
  origin = await httpsOrigin(certificate, {
    ...Object.fromEntries(redirects),
    '/to/inside': (response) => response.writeHead(307, { location: 'https://inside.good.example/' }).end(),
    '/again': (response) => response.writeHead(308, { location: '/a.png' }).end(),
    '/a.png': (response) => response.end('a picture'),
  });
});
afterAll(async () => {
  trap.close();
  origin.close();
  await rm(folder, { recursive: true });
});

function entry(address: string): LookupAddress {
  return { address, family: isIPv6(address) ? 6 : 4 };
}

/** Each call gives the next answer, and the last one over and over. */
function answering(...answers: readonly (readonly string[])[]) {
  let asked = 0;
  return {
    lookup: () => Promise.resolve((answers[Math.min(asked++, answers.length - 1)] ?? []).map(entry)),
    asked: () => asked,
  };
}

function attempt(url: string, options: Omit<UrlFetcherOptions, 'hosts'>) {
  const fetcher = createUrlFetcher({ hosts, ca: certificate.cert, port: trap.port, ...options });
  return fetcher.save(url, path, AbortSignal.timeout(20_000));
}

function watchConnections() {
  const connections = countConnectAttempts();
  onTestFinished(() => connections.stop());
  return connections;
}

test('the trap would catch who gets there, and connections are seen', async () => {
  const before = trap.hits();
  const connections = watchConnections();
  const reachable = ['127.0.0.1', ...(trap.hasIpv6 ? ['::1'] : [])];
  for (const address of reachable) {
    await attempt('https://good.example/', { lookup: answering([address]).lookup, isAllowedAddress: () => true });
    expect(await readFile(path, 'utf8')).toBe('secret');
  }
  expect(trap.hits() - before).toBe(reachable.length);
  expect(connections.attempts()).toBe(reachable.length);
});

test(`${spellings.length} URLs are refused by their text, even if every address were good`, async () => {
  const before = trap.hits();
  const connections = watchConnections();
  const names = answering(['127.0.0.1']);
  for (const url of spellings) {
    const attempted = attempt(url, { lookup: names.lookup, isAllowedAddress: () => true });
    await expect(attempted, JSON.stringify(url)).rejects.toMatchObject({ code: 'URL_REFUSED', kind: 'permanent' });
  }
  expect(names.asked()).toBe(0);
  expect(connections.attempts()).toBe(0);
  expect(trap.hits()).toBe(before);
});

test(`names that resolve to one of ${privateAddresses.length} addresses are refused, alone or among public ones`, async () => {
  const before = trap.hits();
  const connections = watchConnections();
  for (const [address] of privateAddresses) {
    for (const answer of [[address], ['93.184.215.14', address], [address, '2606:4700::1111']]) {
      const attempted = attempt('https://good.example/a.png?key=secret', { lookup: answering(answer).lookup });
      await expect(attempted, address).rejects.toMatchObject({
        code: 'URL_REFUSED',
        message: 'the URL is refused: good.example leads to a private address',
      });
    }
  }
  expect(connections.attempts()).toBe(0);
  expect(trap.hits()).toBe(before);
});

test(`redirects to ${locations.length} URLs are not followed, even if every address were good`, async () => {
  const before = trap.hits();
  const names = answering(['127.0.0.1']);
  const fetcher = createUrlFetcher({
    hosts,
    lookup: names.lookup,
    isAllowedAddress: () => true,
    ca: certificate.cert,
    port: origin.port,
  });
  for (const [index, location] of locations.entries()) {
    origin.takeRequests();
    const connections = countConnectAttempts();
    const attempted = fetcher.save(`https://good.example/to/${index}`, path, AbortSignal.timeout(20_000));
    await expect(attempted, location).rejects.toMatchObject({
      code: 'URL_REFUSED',
      message: expect.stringMatching(/^after a redirect, the URL is refused: /),
    });
    connections.stop();
    expect(connections.attempts(), location).toBe(1);
    expect(origin.takeRequests().map(({ url }) => url)).toEqual([`/to/${index}`]);
  }
  expect(trap.hits()).toBe(before);
});

test('redirects to names that resolve to private addresses are not followed', async () => {
  for (const [address] of privateAddresses.filter(([candidate]) => candidate !== '127.0.0.1')) {
    origin.takeRequests();
    const connections = countConnectAttempts();
    const attempted = attempt('https://good.example/to/inside', {
      lookup: answering(['127.0.0.1'], [address]).lookup,
      isAllowedAddress: (ip) => ip === '127.0.0.1',
      port: origin.port,
    });
    await expect(attempted, address).rejects.toMatchObject({
      code: 'URL_REFUSED',
      message: 'the URL is refused: inside.good.example leads to a private address',
    });
    connections.stop();
    expect(connections.attempts(), address).toBe(1);
    expect(origin.takeRequests()).toHaveLength(1);
  }
});

test('a name that is rebound after it was judged is resolved once for each connection, and judged each time', async () => {
  const before = trap.hits();
  origin.takeRequests();
  const rebound = answering(['127.0.0.1'], ['::1']);
  const options = { lookup: rebound.lookup, isAllowedAddress: (ip: string) => ip === '127.0.0.1', port: origin.port };
  const connections = watchConnections();
  await attempt('https://good.example/a.png', options);
  expect(await readFile(path, 'utf8')).toBe('a picture');
  expect(rebound.asked()).toBe(1);

  const redirected = answering(['127.0.0.1'], ['::1']);
  const attempted = attempt('https://good.example/again', { ...options, lookup: redirected.lookup });
  await expect(attempted).rejects.toMatchObject({ code: 'URL_REFUSED' });
  expect(redirected.asked()).toBe(2);
  // Both went to the address that was judged.
  expect(connections.attempts()).toBe(2);
  expect(origin.takeRequests().map(({ url }) => url)).toEqual(['/a.png', '/again']);
  expect(trap.hits()).toBe(before);
});
