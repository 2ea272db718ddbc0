import { HeadObjectCommand } from '@aws-sdk/client-s3';
import type { OutgoingEvent } from '../../shared/core/events.ts';
import { parseRecipe } from '../../shared/core/recipe.ts';
import { openControlPlane, queueNames, type ControlPlane } from './control-plane.ts';
import { unavailable } from './faults.ts';
import { picture, textFile } from './images.ts';
import { putImages, submit } from './jobs.ts';
import { clientOf, collectAll } from './planned-job.ts';
import { pretendToProcess, shardsIn } from './pretend-processor.ts';
import { sourceForms } from './source-forms.ts';
import { openProcessorStage, type ProcessorStage } from './processor-stage.ts';

/** What somebody else reads: other functions, a later version of them, or the owner of a job. */
export const kinds = [
  'shard',
  'receipt-notice',
  'check-notice',
  'continuation',
  'receipt',
  'plan-header',
  'job',
  'seal',
  'cancel',
  'part-status',
  'result-line',
  'done',
  'job-status',
  'report',
  'active-marker',
  'resent-marker',
  'upload-pointer',
  'rendition-tag',
  'job-completed',
  'image-completed',
] as const;
export type Kind = (typeof kinds)[number];

/** All that was written of a kind. */
export type Written = Map<Kind, unknown[]>;

const kindOfState: readonly [RegExp, Kind][] = [
  [/\/jobs\/[^/]+\/job\.json$/, 'job'],
  [/\/jobs\/[^/]+\/seal\.json$/, 'seal'],
  [/\/jobs\/[^/]+\/cancel\.json$/, 'cancel'],
  [/\/jobs\/[^/]+\/status\.json$/, 'job-status'],
  [/\/jobs\/[^/]+\/report\.json$/, 'report'],
  [/\/parts\/\d+\/status\.json$/, 'part-status'],
  [/\/parts\/\d+\/done\.json$/, 'done'],
  [/\/parts\/\d+\/results\.jsonl$/, 'result-line'],
  [/\/receipts\/|\/daily\//, 'receipt'],
  [/\/resent\//, 'resent-marker'],
  [/\/active\//, 'active-marker'],
  [/\/uploads\//, 'upload-pointer'],
];

class Scribe {
  readonly written: Written = new Map(kinds.map((kind) => [kind, []]));

  note(kind: Kind, ...documents: readonly unknown[]): void {
    this.written.get(kind)?.push(...documents);
  }

  noteLines(kind: Kind, text: string): void {
    for (const line of text.split('\n')) if (line !== '') this.note(kind, JSON.parse(line));
  }

  noteState(key: string, text: string): void {
    const kind = kindOfState.find(([pattern]) => pattern.test(key))?.[1];
    if (kind !== undefined) this.noteLines(kind, text);
    if (!key.endsWith('plan.jsonl')) return;
    const [header = '', ...shards] = text.split('\n');
    this.noteLines('plan-header', header);
    this.noteLines('shard', shards.join('\n'));
  }

  noteMessage(body: string): void {
    const message: unknown = JSON.parse(body);
    if (typeof message !== 'object' || message === null || !('v' in message)) return;
    if (!('kind' in message)) this.note('shard', message);
    else if (message.kind === 'continue') this.note('continuation', message);
    else this.note(message.kind === 'check' ? 'check-notice' : 'receipt-notice', message);
  }
}

/** Notes what lies in queues and bucket, and leaves all of it there. */
async function look(plane: ControlPlane, scribe: Scribe): Promise<void> {
  for (const [key, text] of Object.entries(await plane.dump('_fanlight/'))) scribe.noteState(key, text);
  for (const queue of queueNames) {
    const bodies = (await plane.take(queue)).map(({ body }) => body);
    for (const body of bodies) {
      scribe.noteMessage(body);
      plane.send(queue, JSON.parse(body));
    }
  }
}

async function split(plane: ControlPlane, scribe: Scribe, splitter = plane.splitter): Promise<void> {
  await plane.deliver('uploads', splitter, await plane.receive('uploads'));
  await look(plane, scribe);
}

async function processAll(plane: ControlPlane, scribe: Scribe): Promise<void> {
  for (const shard of shardsIn(await plane.take('shards'))) await pretendToProcess(plane, shard);
  await look(plane, scribe);
  await collectAll(plane);
  await look(plane, scribe);
}

const fiveMinutesMs = 300_000;

/** What the bookkeeping functions write, in a run that has all of it in some form. */
async function bookkeeping(scribe: Scribe): Promise<void> {
  const plane = await openControlPlane();
  await putImages(plane, 'runs/x/', ['a.jpg', 'bad.jpg', 'c.jpg', 'stray.txt', 'e.jpg']);
  const sources = [{ prefix: 's3://uploads/runs/x/' }, { object: 's3://legacy/one.jpg' }];
  const output = { prefix: 'out/', key: '{path}/{rendition}.{ext}' };
  const budget = { images: 100, bytes: 1_000_000, usd: 10 };
  const options = { recipe: 'huge', output, tolerateFailedPercent: 50, deadline: 'P1D', budget };

  const first = await submit(plane, { sources, ...options });
  let looks = 0;
  await split(plane, scribe, plane.functions({ remainingMs: () => (++looks < 8 ? 60_000 : 0) }).splitter);
  await split(plane, scribe);
  const lost = await plane.take('shards');
  await collectAll(plane);
  for (const n of [1, 2]) await plane.functions({ offsetMs: n * fiveMinutesMs }).sweep();
  await look(plane, scribe);
  for (const { body } of lost) plane.send('shards', JSON.parse(body));
  await processAll(plane, scribe);

  const cancelled = await submit(plane, { sources: sources.slice(0, 1), ...options }, 'jobs/b.fanlight.json');
  await split(plane, scribe);
  await clientOf(plane).cancel(await cancelled());
  await processAll(plane, scribe);

  await submit(plane, { retry: { job: await first() } }, 'jobs/r.fanlight.json');
  await split(plane, scribe);
  await processAll(plane, scribe);

  await submit(plane, 'no JSON', 'jobs/c.fanlight.json');
  await plane.upload('images/a.jpg', 'a');
  await plane.upload('jobs/d.jpg', 'd');
  await split(plane, scribe);
  await processAll(plane, scribe);
  scribe.note('job-completed', ...(await plane.events()));
}

/** What is written of sources of every kind. */
async function everySource(scribe: Scribe): Promise<void> {
  const plane = await openControlPlane();
  const names = ['a.jpg', 'b.jpg'];
  const put = (key: string, body: Buffer | string): Promise<string> => plane.put('uploads', key, body);
  const own = { recipe: 'huge', output: { prefix: 'own/', key: '{rendition}/{path}.{ext}' } };
  const filters = { exclude: ['b*'], minBytes: 1, maxBytes: 1_000, modifiedSince: '2019-01-01T00:00:00Z' };
  const forms = ['zip', 'tar', 'tar.gz', 'csv list', 'inventory'];
  const sources = await Promise.all(forms.map(async (form) => (await sourceForms[form]?.(put, names)) ?? []));
  await submit(plane, {
    relativeTo: 's3://uploads/runs/',
    sources: [
      ...sources.flat(),
      { list: 's3://uploads/lists/keys.csv', column: 'key', base: 's3://uploads/', ...own },
      { inventory: 's3://uploads/inventory/manifest.json', include: ['**/*.jpg'], ...filters, ...own },
      { prefix: 's3://uploads/runs/x/', include: ['a*'], ...filters, ...own },
      { object: 's3://uploads/runs/x/a.jpg', ...own },
      { archive: 's3://uploads/runs/gone.zip', ...own },
      { url: 'https://images.example.com/a.png', ...own },
    ],
  });
  await split(plane, scribe);
  await processAll(plane, scribe);
}

async function processing(stage: ProcessorStage, scribe: Scribe): Promise<void> {
  const formats = { webp: {}, jpeg: {} };
  const recipe = parseRecipe({ name: 'r', renditions: [{ name: 'w{width}', widths: [20, 40], formats }] });
  const version = { sequencer: '0055AED6DCD90281E5' };
  const good = await stage.put('a.jpg', await picture());
  const sources = [
    { ...good, version: { ...good.version, ...version } },
    await stage.put('text.jpg', textFile),
    { ...(await stage.put('README', textFile)), claimed: false },
  ];
  const shard = stage.shardOf(sources, { recipe });
  const send = async (events: readonly OutgoingEvent[]): Promise<void> =>
    events.forEach(({ detail }) => scribe.note('image-completed', JSON.parse(detail)));
  const processor = { imageEvents: { send } };
  await stage.during(unavailable('GET', '/uploads/'), () => stage.deliver(shard, { processor }));
  for (const { shard: copy } of await stage.copies(shard.job)) {
    scribe.note('shard', copy);
    await stage.deliver(copy, { processor });
  }
  const { job: _, ...single } = shard;
  await stage.deliver(single, { processor });
  scribe.note('receipt', ...(await stage.receipts(shard.job ?? '')));
  for (const key of Object.keys(await stage.renditions(shard.output.prefix))) {
    const { Metadata } = await stage.s3.send(new HeadObjectCommand({ Bucket: 'results', Key: key }));
    scribe.note('rendition-tag', Metadata);
  }
}

/** Runs all functions and gathers what they write for others to read. */
export async function writtenDocuments(): Promise<Written> {
  const scribe = new Scribe();
  await bookkeeping(scribe);
  await everySource(scribe);
  const stage = await openProcessorStage();
  try {
    await processing(stage, scribe);
  } finally {
    await stage.dispose();
  }
  return scribe.written;
}
