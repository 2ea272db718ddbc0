import { Clock } from '../../localstack/embedded/clock.ts';
import { Faults } from '../../localstack/embedded/faults/faults.ts';
import { Bodies } from '../../localstack/embedded/s3/bodies.ts';
import { Buckets } from '../../localstack/embedded/s3/buckets.ts';
import { Notifier } from '../../localstack/embedded/s3/notifier.ts';
import { Objects } from '../../localstack/embedded/s3/objects.ts';
import { Sequencer } from '../../localstack/embedded/s3/sequencer.ts';
import { Queues } from '../../localstack/embedded/sqs/queues.ts';
import { Store } from '../../localstack/embedded/store.ts';

const EMPTY_MD5 = 'd41d8cd98f00b204e9800998ecf8427e';

/** Writes empty objects straight into an endpoint's index, before it is opened: thousands in a moment. */
export function indexedKeys(dataDir: string, bucket: string, keys: readonly string[]): void {
  const clock = new Clock();
  const store = new Store(dataDir);
  const account = { accountId: '000000000000', region: 'us-east-1' };
  const queues = new Queues({ store, clock, ...account, baseUrl: () => '' });
  const notifier = new Notifier({ queues, clock, ...account, faults: new Faults(clock) });
  const buckets = new Buckets({ store, clock, notifier });
  const bodies = new Bodies(dataDir);
  const objects = new Objects({ store, clock, bodies, buckets, notifier, sequencer: new Sequencer(store, clock) });
  buckets.create(bucket);
  store.transaction(() => {
    for (const key of keys) {
      objects.put({
        bucket,
        key,
        content: { etag: EMPTY_MD5, size: 0, segments: [], checksum: undefined },
        description: { headers: {}, metadata: {}, tags: [] },
        preconditions: {},
        event: 'ObjectCreated:Put',
        cause: { requestId: '', principalArn: '' },
      });
    }
  });
  store.close();
}
