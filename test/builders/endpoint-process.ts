import { openEndpoint } from '../../localstack/embedded/endpoint.ts';

/** An endpoint in a process of its own, to be killed: `node endpoint-process.ts DATADIR` prints its URL. */
const [, , dataDir = ''] = process.argv;
const { url, buckets, queues } = await openEndpoint({ dataDir });
buckets.create('photos');
queues.create('work', {});
process.stdout.write(`${url}\n`);
