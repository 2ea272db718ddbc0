import { request } from 'node:http';
import { GetObjectCommand, ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { expect, test } from 'vitest';
import { Clock } from '../../../localstack/embedded/clock.ts';
import { decodeAwsChunked } from '../../../localstack/embedded/s3/aws-chunked.ts';
import { signingKey, signRequest } from '../../../localstack/embedded/sigv4.ts';
import { embeddedEndpoint } from '../../builders/embedded-endpoint.ts';
import { objectsOf } from '../../builders/s3-objects.ts';

async function bucket() {
  const stack = await embeddedEndpoint();
  stack.endpoint.buckets.create('photos');
  return { ...stack, ...objectsOf(stack.s3, 'photos') };
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and sigv4-streaming.html
const example = {
  scope: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', date: '20130524', region: 'us-east-1', service: 's3' },
  timestamp: '20130524T000000Z',
  secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

test('the example GET of the S3 reference has the signature printed there', () => {
  const payloadHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const rawHeaders = [
    ['Host', 'examplebucket.s3.amazonaws.com'],
    ['Range', 'bytes=0-9'],
    ['x-amz-content-sha256', payloadHash],
    ['x-amz-date', example.timestamp],
  ].flat();
  const signature = signRequest(
    { method: 'GET', rawPath: '/test.txt', rawQuery: '', rawHeaders },
    {
      headers: ['host', 'range', 'x-amz-content-sha256', 'x-amz-date'],
      payloadHash,
      timestamp: example.timestamp,
    },
    signingKey(example.secret, example.scope),
    example.scope,
  );
  expect(signature).toBe('f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41');
});

const chunkSignatures = [
  'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
  '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
  'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
];

async function decodeExample(body: string): Promise<string> {
  const authenticated = {
    principal: { arn: '' },
    payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
    timestamp: example.timestamp,
    scope: example.scope,
    key: signingKey(example.secret, example.scope),
  };
  // In pieces of an odd size, so that chunk headers are cut anywhere.
  const pieces = async function* () {
    for (let i = 0; i < body.length; i += 1009) yield Buffer.from(body.slice(i, i + 1009));
  };
  let decoded = '';
  for await (const piece of decodeAwsChunked(pieces(), authenticated, () => undefined)) decoded += piece.toString();
  return decoded;
}

function exampleChunks(letter: string): string {
  const [first, second, last] = chunkSignatures;
  return [
    `10000;chunk-signature=${first}\r\n${'a'.repeat(65_536)}\r\n`,
    `400;chunk-signature=${second}\r\n${letter.repeat(1024)}\r\n`,
    `0;chunk-signature=${last}\r\n\r\n`,
  ].join('');
}

test('the signed chunks of the S3 reference are decoded, altered ones refused', async () => {
  expect(await decodeExample(exampleChunks('a'))).toBe('a'.repeat(66_560));
  await expect(decodeExample(exampleChunks('b'))).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' });
  await expect(decodeExample(exampleChunks('a').slice(0, 66_000))).rejects.toMatchObject({ code: 'IncompleteBody' });
});

test('an unsigned request is refused', async () => {
  const { endpoint, put } = await bucket();
  await put('a');
  const response = await fetch(`${endpoint.url}/photos/a`);
  expect(response.status).toBe(403);
  expect(await response.text()).toContain('<Code>AccessDenied</Code>');
});

test('a wrong secret is refused', async () => {
  const { endpoint } = await bucket();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'guessed' };
  const s3 = new S3Client({ endpoint: endpoint.url, region: 'us-east-1', credentials, forcePathStyle: true });
  await expect(s3.send(new GetObjectCommand({ Bucket: 'photos', Key: 'a' }))).rejects.toMatchObject({
    name: 'SignatureDoesNotMatch',
  });
});

test('a presigned URL reads and writes, metadata included', async () => {
  const { s3 } = await bucket();
  const put = new PutObjectCommand({ Bucket: 'photos', Key: 'a +ä', ContentType: 'image/png', Metadata: { m: '1' } });
  const url = await getSignedUrl(s3, put);
  const response = await fetch(url, { method: 'PUT', body: 'hi', headers: { 'content-type': 'image/png' } });
  expect(response.status).toBe(200);
  const get = await fetch(await getSignedUrl(s3, new GetObjectCommand({ Bucket: 'photos', Key: 'a +ä' })));
  expect(await get.text()).toBe('hi');
  expect(get.headers.get('x-amz-meta-m')).toBe('1');
});

test('a presigned URL cannot be altered and does not outlive its expiry', async () => {
  const { s3, put } = await bucket();
  await put('a');
  await put('b');
  const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: 'photos', Key: 'a' }));
  expect((await fetch(url.replace('/photos/a', '/photos/b'))).status).toBe(403);
  expect((await fetch(url.replace('X-Amz-Expires=900', 'X-Amz-Expires=901'))).status).toBe(403);
  const signingDate = new Date(Date.now() - 61_000);
  const old = await getSignedUrl(s3, new GetObjectCommand({ Bucket: 'photos', Key: 'a' }), {
    expiresIn: 60,
    signingDate,
  });
  const response = await fetch(old);
  expect(response.status).toBe(403);
  expect(await response.text()).toContain('Request has expired');
});

test.each([
  [-1_000_000, 'RequestTimeTooSkewed'],
  [-600_000, undefined],
  [5 * 3_600_000, undefined],
  [10 * 3_600_000 + 600_000, undefined],
  [10 * 3_600_000 + 1_000_000, 'RequestTimeTooSkewed'],
])('ten hours ahead by the clock: signed %i ms ahead of the machine → %s', async (systemClockOffset, error) => {
  const clock = new Clock();
  const { endpoint } = await embeddedEndpoint({ clock });
  clock.advance(10 * 3_600_000);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const options = { endpoint: endpoint.url, region: 'us-east-1', credentials, systemClockOffset, maxAttempts: 1 };
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const listing = s3.send(new ListBucketsCommand()).then(
    () => undefined,
    ({ name }: Error) => name,
  );
  expect(await listing).toBe(error);
  s3.destroy();
});

test('a body other than the signed one is refused', async () => {
  const { s3, endpoint } = await bucket();
  s3.middlewareStack.add(
    (next) => async (args) => {
      const signed = args.request;
      if (typeof signed === 'object' && signed !== null && 'body' in signed) signed.body = 'tampered';
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'tamper' },
  );
  const put = new PutObjectCommand({ Bucket: 'photos', Key: 'a', Body: 'original' });
  await expect(s3.send(put)).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
  expect(endpoint.requestCounts()).toEqual({ PutObject: 1 });
});

test('a bucket in the host name is the same bucket', async () => {
  const { endpoint, put } = await bucket();
  await put('a', 'bytes');
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const s3 = new S3Client({ endpoint: `http://localhost:${endpoint.port}`, region: 'us-east-1', credentials });
  const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: 'photos', Key: 'a' }));
  expect(url).toContain(`//photos.localhost:${endpoint.port}/a`);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const { pathname, search, host } = new URL(url);
    const options = { host: '127.0.0.1', port: endpoint.port, path: pathname + search, headers: { host } };
    request(options, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });
  expect(status).toBe(200);
});
