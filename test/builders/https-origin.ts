import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Certificate } from './https-certificate.ts';
import { listenOn } from './https-listen.ts';

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** A web server on 127.0.0.1 whose files are functions, by path. */
export async function httpsOrigin(certificate: Certificate, files: Readonly<Record<string, Answer>>) {
  const requests: IncomingMessage[] = [];
  const answer: RequestListener = (request, response) => {
    requests.push(request);
    const file = files[request.url ?? ''];
    if (file === undefined) response.writeHead(404).end();
    else file(response, request);
  };
  const server = createServer(certificate, answer);
  const port = await listenOn(server, '127.0.0.1', 0);
  return {
    port,
    /** Since the last call. */
    takeRequests: () => requests.splice(0),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
