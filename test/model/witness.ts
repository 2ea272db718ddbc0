import { ContinuationSchema } from '../../shared/core/upload-event.ts';
import { ShardSchema, type Shard } from '../../shared/core/shard.ts';
import type { Observer, Write } from '../simulation/observer.ts';
import type { World } from '../simulation/world.ts';

/** State that is written once and then the truth (design 4.3). */
const immutable =
  /^_fanlight\/jobs\/[^/]+\/(job|seal|cancel|report)\.json$|\/parts\/\d+\/(plan\.jsonl|results\.jsonl|done\.json|receipts\/.*|resent\/.*)$/;

/** Watches a world from its beginning: what the stored state cannot tell any more at the end. */
export class Witness implements Observer {
  /** Objects that were to be written once and were replaced by other bytes. */
  readonly rewritten: string[] = [];
  /** Keys that a function wrote or deleted outside of its places. */
  readonly astray: string[] = [];
  readonly shards: Shard[] = [];
  readonly notices: string[] = [];
  /** Messages that functions sent to the uploads queue and that are no continuations. */
  readonly unexpectedUploads: string[] = [];
  readonly writesByKey = new Map<string, number>();
  /** Bytes of the largest message of each queue. */
  readonly largestMessage = new Map<string, number>();

  constructor(world: World) {
    world.observers.push(this);
  }

  onWrite({ bucket, key, object, before }: Write): void {
    this.writesByKey.set(key, (this.writesByKey.get(key) ?? 0) + 1);
    if (bucket !== 'results' || !/^(renditions|_fanlight)\//.test(key)) this.astray.push(`${bucket}/${key}`);
    if (before !== undefined && before.etag !== object.etag && immutable.test(key)) this.rewritten.push(key);
  }

  onDelete(bucket: string, key: string): void {
    if (bucket !== 'results' || !key.startsWith('_fanlight/active/')) this.astray.push(`deleted ${bucket}/${key}`);
  }

  onSend(queue: string, body: string): void {
    this.largestMessage.set(queue, Math.max(this.largestMessage.get(queue) ?? 0, Buffer.byteLength(body)));
    const document: unknown = JSON.parse(body);
    if (queue === 'shards') this.shards.push(ShardSchema.parse(document));
    if (queue === 'receipts') this.notices.push(body);
    if (queue === 'uploads' && !ContinuationSchema.safeParse(document).success) this.unexpectedUploads.push(body);
  }
}
