import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Clock } from './clock.ts';
import { EventBus } from './events/event-bus.ts';
import { eventsApi } from './events/service.ts';
import { Faults } from './faults/faults.ts';
import { ConnectionReset } from './faults/request-faults.ts';
import type { Principal } from './iam/principals.ts';
import { Principals } from './iam/principals.ts';
import { JsonService } from './json-service.ts';
import { Bodies } from './s3/bodies.ts';
import { Buckets } from './s3/buckets.ts';
import { Listing } from './s3/listing.ts';
import { Notifier } from './s3/notifier.ts';
import { Objects } from './s3/objects.ts';
import { Sequencer } from './s3/sequencer.ts';
import { S3Service } from './s3/service.ts';
import type { S3Services } from './s3/services.ts';
import { Uploads } from './s3/uploads.ts';
import { Queues } from './sqs/queues.ts';
import { sqsApi } from './sqs/service.ts';
import { Store } from './store.ts';

export interface EndpointOptions {
  /** Everything is kept below it; one process at a time. */
  readonly dataDir: string;
  /** 0 (the default) takes any free port. */
  readonly port?: number | undefined;
  readonly clock?: Clock | undefined;
  /** Default 000000000000. */
  readonly accountId?: string | undefined;
  /** Default us-east-1. */
  readonly region?: string | undefined;
}

/** Looks at a request before S3 and SQS do (and before any signature is checked); returns true if it has taken it. */
export type RequestHandler = (req: IncomingMessage, res: ServerResponse, url: URL) => boolean;

export interface Endpoint {
  readonly url: string;
  readonly port: number;
  readonly accountId: string;
  readonly region: string;
  readonly clock: Clock;
  readonly buckets: Buckets;
  readonly queues: Queues;
  /** The default event bus. */
  readonly eventBus: EventBus;
  /** What goes wrong for principals that have policies. */
  readonly faults: Faults;
  /** Makes an access key known, bound to what its holder may do. */
  addPrincipal(accessKeyId: string, secretAccessKey: string, principal: Principal, sessionToken?: string): void;
  removePrincipal(accessKeyId: string): void;
  use(handler: RequestHandler): void;
  /** Requests so far by action: `PutObject`, `SendMessage`, … */
  requestCounts(): Record<string, number>;
  /** Refuses new requests, drops open connections, keeps the data. A second call waits for the first. */
  close(): Promise<void>;
}

const SERVER_OPTIONS = {
  // A client's idle connection outlives the pause of a frozen function; node:http would cut it after 5 s.
  keepAliveTimeout: 600_000,
  // An upload may take as long as it takes.
  requestTimeout: 0,
};

/** Opens S3 and SQS on one port of 127.0.0.1. Throws if the port is taken or the directory is in use. */
export async function openEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const { dataDir, port = 0, clock = new Clock(), accountId = '000000000000', region = 'us-east-1' } = options;
  const store = new Store(dataDir);
  const server = createServer(SERVER_OPTIONS);
  let url = '';
  let closing: Promise<void> | undefined;
  try {
    const queues = new Queues({ store, clock, accountId, region, baseUrl: () => url });
    const faults = new Faults(clock);
    const services = await openS3({ store, clock, accountId, region, queues, faults });
    const eventBus = new EventBus({ clock, accountId, region });
    const principals = new Principals(accountId);
    const counts = new Map<string, number>();
    const count = (action: string): void => void counts.set(action, (counts.get(action) ?? 0) + 1);
    const common = { principals, clock, faults, count };
    const s3 = new S3Service(services, common);
    const sqs = new JsonService(sqsApi({ queues, faults, accountId, region }), common);
    const events = new JsonService(eventsApi(eventBus, faults), common);
    const handlers: RequestHandler[] = [];
    server.on('request', (req: IncomingMessage, res: ServerResponse) => {
      if (handlers.some((handler) => handler(req, res, new URL(url + (req.url ?? ''))))) return;
      const service = [sqs, events].find((api) => api.isFor(req)) ?? s3;
      service.handle(req, res).catch((error: unknown) => breakOff(req, res, error));
    });
    const listeningPort = await listen(server, port);
    url = `http://127.0.0.1:${listeningPort}`;
    return {
      url,
      port: listeningPort,
      accountId,
      region,
      clock,
      buckets: services.buckets,
      queues,
      eventBus,
      faults,
      addPrincipal: (...principal) => principals.add(...principal),
      removePrincipal: (accessKeyId) => principals.remove(accessKeyId),
      use: (handler) => void handlers.push(handler),
      requestCounts: () => Object.fromEntries(counts),
      close: async () => {
        closing ??= closeAll(queues, server, store);
        await closing;
      },
    };
  } catch (error) {
    store.close();
    throw error;
  }
}

function breakOff(req: IncomingMessage, res: ServerResponse, error: unknown): void {
  if (error instanceof ConnectionReset) req.socket.resetAndDestroy();
  else res.destroy(error instanceof Error ? error : undefined);
}

async function closeAll(queues: Queues, server: Server, store: Store): Promise<void> {
  queues.close();
  await closeServer(server);
  store.close();
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no TCP address');
  return address.port;
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

async function openS3(options: {
  store: Store;
  clock: Clock;
  accountId: string;
  region: string;
  queues: Queues;
  faults: Faults;
}): Promise<S3Services> {
  const { store, clock, accountId, region, queues, faults } = options;
  const bodies = new Bodies(store.dataDir);
  const notifier = new Notifier({ queues, clock, accountId, region, faults });
  const buckets = new Buckets({ store, clock, notifier });
  const sequencer = new Sequencer(store, clock);
  const objects = new Objects({ store, clock, bodies, buckets, notifier, sequencer });
  const uploads = new Uploads({ store, clock, bodies, buckets });
  await bodies.sweep([...objects.bodyIds(), ...uploads.bodyIds()]);
  return { store, clock, accountId, region, bodies, buckets, objects, uploads, listing: new Listing(store) };
}
