import { S3Client } from '@aws-sdk/client-s3';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ArchiveObject } from '../../shared/sources/member.ts';

/** An archive that is a function of the range: it need not exist as a whole. */
export interface ServedArchive {
  readonly sizeBytes: number;
  read(start: number, end: number): Buffer;
}

const etag = '"zip"';
const rangePattern = /^bytes=(\d+)-(\d+)$/;

/** Answers ranged GETs of one archive, and counts them. */
export interface ZipAnswers {
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
  readonly gets: () => number;
  /** Of all bodies. */
  readonly bytesSent: () => number;
}

/** @param breakAfterBytes bodies longer than that are cut off there, and their connection closed */
export function zipAnswers(archive: ServedArchive, breakAfterBytes = Infinity): ZipAnswers {
  const counted = { gets: 0, bytes: 0 };
  return {
    answer(request, response) {
      const [, first, last] = rangePattern.exec(request.headers.range ?? '') ?? [];
      if (first === undefined || last === undefined || request.headers['if-match'] !== etag) {
        response.writeHead(400).end();
        return;
      }
      const end = Math.min(Number(last) + 1, archive.sizeBytes);
      const body = archive.read(Number(first), end);
      const sent = body.subarray(0, breakAfterBytes);
      counted.gets += 1;
      counted.bytes += sent.length;
      response.writeHead(206, {
        etag,
        'content-length': body.length,
        'content-range': `bytes ${first}-${end - 1}/${archive.sizeBytes}`,
      });
      if (sent.length < body.length) response.write(sent, () => response.destroy());
      else response.end(body);
    },
    gets: () => counted.gets,
    bytesSent: () => counted.bytes,
  };
}

export interface ZipEndpoint extends AsyncDisposable, Pick<ZipAnswers, 'gets' | 'bytesSent'> {
  readonly url: string;
}

/** A loopback S3 that answers {@link zipAnswers}, whatever the key. */
export async function serveZip(archive: ServedArchive, breakAfterBytes = Infinity): Promise<ZipEndpoint> {
  const { answer, gets, bytesSent } = zipAnswers(archive, breakAfterBytes);
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    gets,
    bytesSent,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What `serveZip` serves, as the readers take it. */
export function servedArchive(url: string, sizeBytes: number): ArchiveObject {
  const s3 = new S3Client({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    forcePathStyle: true,
  });
  return { s3, bucket: 'drops', key: 'shoot.zip', pin: { IfMatch: etag }, sizeBytes };
}
