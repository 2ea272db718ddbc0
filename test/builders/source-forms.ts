import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { ManifestSource } from '../../shared/core/manifest-sources.ts';
import { tarOf } from './tar-builder.ts';
import { buildZip } from './zip-builder.ts';

/** Puts an object into the uploads bucket, where it starts nothing. */
export type Put = (key: string, body: Buffer | string) => Promise<unknown>;

const bytesOf = (name: string): Buffer => Buffer.from(`bytes of ${name}`);
const zipOf = (names: readonly string[]): Buffer => buildZip(names.map((name) => ({ name, data: bytesOf(name) })));
const tarOfNames = (names: readonly string[]): Buffer => tarOf(...names.map((name) => ({ name, data: bytesOf(name) })));

async function putAll(put: Put, names: readonly string[]): Promise<void> {
  for (const name of names) await put(`runs/x/${name}`, bytesOf(name));
}

async function archive(put: Put, key: string, body: Buffer): Promise<ManifestSource[]> {
  await put(key, body);
  return [{ archive: `s3://uploads/${key}` }];
}

const csvField = (text: string): string => `"${text.replaceAll('"', '""')}"`;

async function inventory(put: Put, names: readonly string[]): Promise<ManifestSource[]> {
  await putAll(put, names);
  const half = Math.ceil(names.length / 2);
  const files = [names.slice(0, half), names.slice(half)].map((part, index) => {
    const rows = part.map((name) =>
      ['uploads', encodeURIComponent(`runs/x/${name}`), String(bytesOf(name).length)].map(csvField).join(),
    );
    return { key: `inventory/data/${index}.csv.gz`, body: gzipSync(`${rows.join('\n')}\n`) };
  });
  for (const { key, body } of files) await put(key, body);
  const manifest = {
    sourceBucket: 'uploads',
    destinationBucket: 'arn:aws:s3:::uploads',
    version: '2016-11-30',
    creationTimestamp: '1763900000000',
    fileFormat: 'CSV',
    fileSchema: 'Bucket, Key, Size',
    files: files.map(({ key, body }) => ({ key, size: body.length, MD5checksum: '0'.repeat(32) })),
  };
  await put('inventory/manifest.json', JSON.stringify(manifest));
  return [{ inventory: 's3://uploads/inventory/manifest.json' }];
}

/** Each form in which a manifest can name the same images. All make the same bytes of the same names, but for what is before the names. */
export const sourceForms: Readonly<Record<string, (put: Put, names: readonly string[]) => Promise<ManifestSource[]>>> =
  {
    prefix: async (put, names) => {
      await putAll(put, names);
      return [{ prefix: 's3://uploads/runs/x/' }];
    },
    objects: async (put, names) => {
      await putAll(put, names);
      return names.map((name) => ({ object: `s3://uploads/runs/x/${name}` }));
    },
    zip: (put, names) => archive(put, 'runs/x.zip', zipOf(names)),
    tar: (put, names) => archive(put, 'runs/x.tar', tarOfNames(names)),
    'tar.gz': (put, names) => archive(put, 'runs/x.tar.gz', gzipSync(tarOfNames(names))),
    'tar.zst': (put, names) => archive(put, 'runs/x.tar.zst', zstdCompressSync(tarOfNames(names))),
    'csv list': async (put, names) => {
      await putAll(put, names);
      await put('lists/keys.csv', ['key', ...names.map((name) => csvField(`runs/x/${name}`))].join('\r\n'));
      return [{ list: 's3://uploads/lists/keys.csv', column: 'key' }];
    },
    'json list': async (put, names) => {
      await putAll(put, names);
      await put('lists/keys.jsonl', names.map((name) => `${JSON.stringify(`s3://uploads/runs/x/${name}`)}\n`).join(''));
      return [{ list: 's3://uploads/lists/keys.jsonl' }];
    },
    inventory,
    mixed: async (put, names) => {
      const third = Math.ceil(names.length / 3);
      const [first, second, last] = [names.slice(0, third), names.slice(third, 2 * third), names.slice(2 * third)];
      await putAll(put, last);
      return [
        ...(await archive(put, 'runs/x.zip', zipOf(first))),
        ...(await archive(put, 'runs/x.tar', tarOfNames(second))),
        { prefix: 's3://uploads/runs/x/' },
      ];
    },
  };
