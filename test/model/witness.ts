import { ShardSchema, type Shard } from '../../shared/core/shard.ts';
import { ContinuationSchema } from '../../shared/core/upload-event.ts';
import type { Observer, Sent, Write } from '../simulation/observer.ts';
import type { World } from '../simulation/world.ts';

/** State that is written once, by If-None-Match, and then the truth; all but the statuses (design 4.3). */
const immutable =
  /^_fanlight\/(jobs\/[^/]+\/(job|seal|cancel|report)\.json|.*\/parts\/\d+\/(plan\.jsonl|results\.jsonl|done\.json|receipts\/.*|resent\/.*)|daily\/.*)$/;
const status = /\/status\.json$/;

/** Watches a world from its beginning: what the stored state cannot tell any more at the end. */
export class Witness implements Observer {
  /** Writes that did not ask for the condition which makes them safe, or were not to happen at all. */
  readonly unsafeWrites: string[] = [];
  /** Keys that a function wrote or deleted outside of its places. */
  readonly astray: string[] = [];
  readonly shards: Shard[] = [];
  /** Shards that go on from another message without counting the hop. */
  readonly uncounted: string[] = [];
  /** Notices sent. */
  notices = 0;
  /** Messages that functions sent to the uploads queue and that are no continuations. */
  readonly unexpectedUploads: string[] = [];
  readonly writesByKey = new Map<string, number>();
  /** Bytes of the largest message of each queue. */
  readonly largestMessage = new Map<string, number>();

  constructor(world: World) {
    world.observers.push(this);
  }

  onWrite({ bucket, key, condition, object, before }: Write): void {
    this.writesByKey.set(key, (this.writesByKey.get(key) ?? 0) + 1);
    if (bucket !== 'results' || !/^(renditions|_fanlight)\//.test(key)) this.astray.push(`${bucket}/${key}`);
    if (immutable.test(key) && condition !== 'If-None-Match') this.unsafeWrites.push(`${key} by ${condition}`);
    if (status.test(key) && condition === undefined) this.unsafeWrites.push(`${key} by no condition`);
    if (immutable.test(key) && before !== undefined && before.etag !== object.etag)
      this.unsafeWrites.push(`${key} with other bytes`);
  }

  onDelete(bucket: string, key: string): void {
    if (bucket !== 'results' || !key.startsWith('_fanlight/active/')) this.astray.push(`deleted ${bucket}/${key}`);
  }

  onSend({ queue, body, by }: Sent): void {
    this.largestMessage.set(queue, Math.max(this.largestMessage.get(queue) ?? 0, Buffer.byteLength(body)));
    const document: unknown = JSON.parse(body);
    if (queue === 'receipts') this.notices += 1;
    if (queue === 'uploads' && !ContinuationSchema.safeParse(document).success) this.unexpectedUploads.push(body);
    if (queue !== 'shards') return;
    const shard = ShardSchema.parse(document);
    this.shards.push(shard);
    const goesOn = by.functionName === 'processor' || by.functionName === 'rescuer';
    const before = (by.batch?.messages ?? []).map(
      (message) => ShardSchema.safeParse(JSON.parse(message.body)).data?.hop,
    );
    if (goesOn && !before.includes(shard.hop - 1)) this.uncounted.push(`${by.functionName}: hop ${shard.hop}`);
  }
}
