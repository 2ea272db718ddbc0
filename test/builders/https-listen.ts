import { once } from 'node:events';
import type { Server } from 'node:net';

/** @returns the port */
export async function listenOn(server: Server, host: string, port: number): Promise<number> {
  server.listen({ host, port });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('listens on no port');
  return address.port;
}
