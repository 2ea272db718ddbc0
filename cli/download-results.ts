import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import type { JobClient, OpenObject } from '../shared/client/job-client.ts';
import { mapConcurrently } from '../shared/core/map-concurrently.ts';
import { ResultLineSchema } from '../shared/core/outcome.ts';
import type { RenditionResult, ResultLine } from '../shared/core/outcome.ts';
import type { Report } from '../shared/core/report.ts';
import { stateKey } from '../shared/core/state-key.ts';
import type { OutputFolder } from './output-folder.ts';
import { RenditionPlaces } from './rendition-places.ts';

export interface DownloadOptions {
  readonly client: JobClient;
  readonly out: OutputFolder;
  readonly signal: AbortSignal;
  /** Told of each image whose renditions are in their places. */
  readonly onImage: () => void;
  /** Told at the end how many renditions have another path than their key's. */
  readonly onRenamed: (renditions: number) => void;
}

const concurrency = 8;

/** Result lines taken up at a time: bounds what is held in memory, whatever the length of the job. */
const chunkLines = 1_000;

/** Copies of objects in the output folder: each appears whole or not at all. */
class Downloads {
  readonly places: RenditionPlaces;
  readonly #options: DownloadOptions;
  #started = 0;

  constructor(options: DownloadOptions) {
    this.#options = options;
    this.places = new RenditionPlaces(options.out.renditions);
  }

  async image({ renditions }: ResultLine): Promise<void> {
    for (const rendition of renditions) await this.#rendition(rendition);
    this.#options.onImage();
  }

  /** A rendition whose bytes are in place already is left alone. */
  async #rendition({ key, bytes }: RenditionResult): Promise<void> {
    const { client, signal } = this.#options;
    const knownEtag = await etagOfCopy(await this.places.placeOf(key), bytes);
    const object = await client.open(key, { signal, ...(knownEtag === undefined ? {} : { knownEtag }) });
    if (object !== undefined) await this.places.put(await this.#save([object]), key);
  }

  /** The objects of these keys, one after the other, as one file. */
  async document(keys: readonly string[], path: string): Promise<void> {
    await rename(await this.#save(this.#openAll(keys)), path);
  }

  async *#openAll(keys: readonly string[]): AsyncGenerator<OpenObject> {
    const { client, signal } = this.#options;
    for (const key of keys) {
      const object = await client.open(key, { signal });
      if (object !== undefined) yield object;
    }
  }

  /** Returns the path of a temporary file. */
  async #save(objects: Iterable<OpenObject> | AsyncIterable<OpenObject>): Promise<string> {
    const temporary = join(this.#options.out.temporary, String(this.#started++));
    await writeFile(temporary, '');
    for await (const { body } of objects)
      await pipeline(body, createWriteStream(temporary, { flags: 'a' }), { signal: this.#options.signal });
    return temporary;
  }
}

/** S3's ETag of an object put in one piece is its MD5. Undefined when the copy is absent or has another size. */
async function etagOfCopy(path: string, sizeBytes: number): Promise<string | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined || !stats.isFile() || stats.size !== sizeBytes) return undefined;
  return `"${createHash('md5')
    .update(await readFile(path))
    .digest('hex')}"`;
}

async function* chunksOf(resultsFile: string): AsyncGenerator<ResultLine[]> {
  let chunk: ResultLine[] = [];
  for await (const line of createInterface({ input: createReadStream(resultsFile) })) {
    chunk.push(ResultLineSchema.parse(JSON.parse(line)));
    if (chunk.length < chunkLines) continue;
    yield chunk;
    chunk = [];
  }
  yield chunk;
}

/**
 * Brings renditions, results and report of an ended job into the output folder. The report comes last: where it is, all is.
 *
 * @throws FanlightError ENTRY_UNSAFE; errors of the file system
 */
export async function downloadResults(report: Report, options: DownloadOptions): Promise<void> {
  const { out } = options;
  const downloads = new Downloads(options);
  const results = join(out.temporary, 'results.jsonl');
  const parts = Array.from({ length: report.plan.parts }, (_, part) => stateKey.results(report.job, part));
  await downloads.document(parts, results);
  for await (const lines of chunksOf(results))
    await mapConcurrently(lines, concurrency, (line) => downloads.image(line));
  if (downloads.places.renamed > 0) options.onRenamed(downloads.places.renamed);
  await rename(results, out.results);
  await downloads.document([stateKey.reportHtml(report.job)], out.reportHtml);
  await downloads.document([stateKey.reportJson(report.job)], out.reportJson);
}
