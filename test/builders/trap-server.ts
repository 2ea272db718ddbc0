import { createHook } from 'node:async_hooks';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Server } from 'node:net';
import type { Certificate } from './https-certificate.ts';
import { listenOn } from './https-listen.ts';

async function listensIfThere(server: Server, host: string, port: number): Promise<boolean> {
  try {
    await listenOn(server, host, port);
    return true;
  } catch (error) {
    // A machine without IPv6, or another program on that port: the count of attempts still tells.
    if (error instanceof Error && 'code' in error && ['EADDRNOTAVAIL', 'EADDRINUSE'].includes(String(error.code)))
      return false;
    throw error;
  }
}

const answer = (_: unknown, response: { end(body: string): void }) => response.end('secret');

/**
 * Servers that nobody may reach: https on 127.0.0.1 and, at the same port, on ::1; http on 127.0.0.1. They would answer, with a
 * certificate that is trusted, so that whoever gets to them gets the secret.
 */
export async function trapServer(certificate: Certificate) {
  let hits = 0;
  const https = createHttpsServer(certificate, answer);
  const https6 = createHttpsServer(certificate, answer);
  const http = createHttpServer(answer);
  const servers = [https, https6, http];
  for (const server of servers) server.on('connection', () => (hits += 1));
  const port = await listenOn(https, '127.0.0.1', 0);
  const hasIpv6 = await listensIfThere(https6, '::1', port);
  const httpPort = await listenOn(http, '127.0.0.1', 0);
  return {
    port,
    httpPort,
    hasIpv6,
    /** Connections, whatever came of them. */
    hits: () => hits,
    close: () => {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

/** Counts what this process tries to connect to by TCP, wherever that is and whether or not anybody is there. */
export function countConnectAttempts() {
  let attempts = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === 'TCPCONNECTWRAP') attempts += 1;
    },
  }).enable();
  return { attempts: () => attempts, stop: () => void hook.disable() };
}
