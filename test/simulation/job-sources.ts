import type { ManifestDocument } from '../../shared/client/job-client.ts';
import { tarOf } from '../builders/tar-builder.ts';
import { buildZip } from '../builders/zip-builder.ts';
import { uploadsBucket } from './deployment.ts';
import type { ImageSpec, JobSpec } from './jobs.ts';
import type { World } from './world.ts';

/** Where an image of a job lies. */
type Place = 'folder' | 'zip' | 'tar' | 'list';

const zipName = 'images.zip';
const tarName = 'images.tar';
const listName = 'keys.jsonl';

/** Of a mixed job the first third are members of a zip, the second of a tar, and the others objects below a prefix. */
function placeOf({ by = 'prefix', images }: JobSpec, index: number): Place {
  if (by === 'mixed') return (['zip', 'tar'] as const)[Math.floor((3 * index) / images.length)] ?? 'folder';
  return by === 'prefix' || by === 'objects' ? 'folder' : by;
}

const folderOf = ({ name }: JobSpec): string => `runs/${name}/`;

function imagesIn(spec: JobSpec, place: Place): ImageSpec[] {
  return spec.images.filter((_, index) => placeOf(spec, index) === place);
}

/** What results call each image of a job, in its order. */
export function sourceNamesOf(spec: JobSpec): string[] {
  return spec.images.map(({ name, content }, index) => {
    const place = placeOf(spec, index);
    if (place === 'zip') return `${zipName}#${name}`;
    if (place === 'tar') return `${tarName}#${name}`;
    if (content === 'nonsense') return `${listName}:${index + 1}`;
    return spec.by === 'objects' ? `${folderOf(spec)}${name}` : name;
  });
}

const bytesOf = ({ name, content }: ImageSpec): Buffer => Buffer.from(content === 'empty' ? '' : `${content} ${name}`);

/** Stored, because zlib's threads would answer at any time. */
function zipOf(images: readonly ImageSpec[]): Buffer {
  const wrongCrc = { crc32: 1 };
  return buildZip(
    images.map((image) => ({
      name: image.name,
      data: bytesOf(image),
      method: 'store',
      ...(image.content === 'damaged' ? { local: wrongCrc, central: wrongCrc } : {}),
    })),
  );
}

function tarOfImages(images: readonly ImageSpec[]): Buffer {
  return tarOf(...images.map((image) => ({ name: image.name, data: bytesOf(image) })));
}

function lineOf(spec: JobSpec, { name, content }: ImageSpec): string {
  return content === 'nonsense' ? '{nonsense\n' : `${JSON.stringify(`${folderOf(spec)}${name}`)}\n`;
}

/** Puts what a job is made of where no route takes it; returns how its manifest names that. */
export function putSources(world: World, spec: JobSpec): Pick<ManifestDocument, 'sources' | 'relativeTo'> {
  const uri = `s3://${uploadsBucket}/${folderOf(spec)}`;
  const put = (name: string, body: Buffer): string => {
    world.put(uploadsBucket, `${folderOf(spec)}${name}`, body);
    return `${uri}${name}`;
  };
  const [zipped, tarred, listed] = [imagesIn(spec, 'zip'), imagesIn(spec, 'tar'), imagesIn(spec, 'list')];
  for (const image of [...imagesIn(spec, 'folder'), ...listed])
    if (image.content !== 'missing' && image.content !== 'nonsense') put(image.name, bytesOf(image));
  const { by = 'prefix', images } = spec;
  if (by === 'prefix') return { sources: [{ prefix: uri }] };
  if (by === 'objects') return { sources: images.map(({ name }) => ({ object: `${uri}${name}` })) };
  const archives = [
    ...(zipped.length === 0 ? [] : [{ archive: put(zipName, zipOf(zipped)) }]),
    ...(tarred.length === 0 ? [] : [{ archive: put(tarName, tarOfImages(tarred)) }]),
  ];
  return {
    sources: [
      ...archives,
      ...(by === 'list'
        ? [{ list: put(listName, Buffer.from(listed.map((image) => lineOf(spec, image)).join(''))) }]
        : []),
      ...(by === 'mixed' ? [{ prefix: uri }] : []),
    ],
    relativeTo: uri,
  };
}
