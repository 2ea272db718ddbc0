import { GetObjectCommand } from '@aws-sdk/client-s3';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ManifestSource } from '../../shared/core/manifest-sources.ts';
import { ResultLineSchema, type ResultLine } from '../../shared/core/outcome.ts';
import { decodeSourcePath } from '../../shared/core/output-key.ts';
import { ReportSchema } from '../../shared/core/report.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import { runCli } from '../builders/cli-process.ts';
import { temporaryFolder, writeFiles } from '../builders/folders.ts';
import { emptyFile, picture, textFile } from '../builders/images.ts';
import { longerName, longerNameShown, longestName, nastyNames, type Fate } from '../builders/nasty-names.ts';
import { openPipeline, type PipelineStack } from '../builders/pipeline-stack.ts';
import { paxHeader, tarOf } from '../builders/tar-builder.ts';
import { buildZip } from '../builders/zip-builder.ts';

const recipe = { name: 'same', renditions: [{ name: 'same', formats: { png: {} } }] };

/** Listed first in the report: a name that would be markup. */
const noImage = '<img src=x onerror=alert(2)>.jpg';

interface NamedImage {
  readonly name: string;
  readonly data: Buffer;
}

/** One of its own for each name, so that none can stand in for another. */
let images: NamedImage[];
let pipeline: PipelineStack;

beforeAll(async () => {
  pipeline = await openPipeline();
  const drawn = nastyNames.map(async ({ name }, index) => ({
    name,
    data: await picture({ seed: index, format: 'png', width: 16, height: 16 }),
  }));
  images = [{ name: noImage, data: textFile }, ...(await Promise.all(drawn))];
});
afterAll(async () => {
  await pipeline.close();
});

const zipOf = (files: readonly NamedImage[]): Buffer => buildZip(files);
const tarOfNames = (files: readonly NamedImage[]): Buffer =>
  tarOf(...files.flatMap(({ name, data }) => [paxHeader({ path: name }), { name: 'see above', data }]));

/** What results say of each source, which they list once: where its rendition is, or why there is none. */
function fatesOf(lines: readonly ResultLine[]): Record<string, string> {
  const fates = lines.map(({ source, error, renditions: [only] }) => [source, error?.code ?? only?.key ?? ''] as const);
  expect(new Set(fates.map(([source]) => source)).size).toBe(lines.length);
  return Object.fromEntries(fates);
}

/** @param before what the sources' names have in front */
function expectedFates(fates: readonly Fate[], folder: string, before: string): Record<string, string> {
  return Object.fromEntries(
    fates.map((fate) => [before + fate.source, 'code' in fate ? fate.code : `${folder}${before}${fate.path}/same.png`]),
  );
}

const broken: Fate = { source: noImage, code: 'UNSUPPORTED_FORMAT' };
const tooLong = (source: string): Fate => ({ source, code: 'ENTRY_UNSAFE' });

/** Runs a job of its own and checks all that it leaves. Returns sha256 by source. */
async function run(form: string, source: ManifestSource, fates: readonly Fate[], before: string) {
  const output = { prefix: `${form}/` };
  const manifest = { recipe, sources: [source], output };
  const submitted = await pipeline.jobs.submit(`jobs/names-${form}.fanlight.json`, manifest);
  const job = await pipeline.jobs.waitForJob(submitted);
  const report = await pipeline.jobs.waitForReport(job);
  const folder = `renditions/${form}/`;
  const found = fatesOf(await pipeline.results(job, report));
  expect(found).toEqual(expectedFates(fates, folder, before));

  const digests = await pipeline.digests(folder);
  const keys = Object.values(found).filter((fate) => fate.startsWith(folder));
  expect(Object.keys(digests).toSorted()).toEqual(keys.toSorted());
  const names = keys.map((key) => decodeSourcePath(key.slice(folder.length, -'/same.png'.length)));
  expect(names.filter((name) => !Object.hasOwn(found, name))).toEqual([]);

  const { Body } = await pipeline.s3.send(
    new GetObjectCommand({ Bucket: pipeline.resultsBucket, Key: stateKey.reportHtml(job) }),
  );
  const html = (await Body?.transformToString()) ?? '';
  expect(html).toContain('&lt;img src=x onerror=alert(2)&gt;.jpg');
  expect(html).not.toMatch(/<img/i);
  return Object.fromEntries(
    Object.entries(found).map(([name, fate]) => [name.slice(before.length), digests[fate]] as const),
  );
}

/** The images as keys below a prefix, by the name that they have there. */
let ofKeys: Record<string, string | undefined>;

test('as keys below a prefix', async () => {
  const longestBelow = longestName.slice('k/'.length);
  const all = [...images, { name: longestBelow, data: textFile }];
  for (const { name, data } of all) await pipeline.put(`k/${name}`, data);
  const fates = [broken, tooLong(longestBelow), ...nastyNames.map(({ asKey }) => asKey)];
  ofKeys = await run('keys', { prefix: `s3://${pipeline.uploadsBucket}/k/` }, fates, '');
  const digests = nastyNames.map(({ name }) => ofKeys[name]);
  expect(new Set(digests).size).toBe(nastyNames.length);
});

test.for([
  { form: 'zip', pack: zipOf, fateOf: ({ inZip }: (typeof nastyNames)[number]) => inZip },
  { form: 'tar', pack: tarOfNames, fateOf: ({ inTar }: (typeof nastyNames)[number]) => inTar },
])('as entries of a $form', async ({ form, pack, fateOf }) => {
  const long = [longestName, longerName].map((name) => ({ name, data: textFile }));
  await pipeline.put(`shoot.${form}`, pack([...images, ...long]));
  const fates = [broken, tooLong(longestName), tooLong(longerNameShown), ...nastyNames.map(fateOf)];
  const source = { archive: `s3://${pipeline.uploadsBucket}/shoot.${form}` };
  const digests = await run(form, source, fates, `shoot.${form}#`);
  const taken = nastyNames.flatMap((nasty) => ('path' in fateOf(nasty) ? [nasty] : []));
  expect(taken.map((nasty) => digests[fateOf(nasty).source])).toEqual(taken.map(({ name }) => ofKeys[name]));
});

/** Every path below a folder; links are not followed. */
function pathsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map(String).toSorted();
}

test('as files of a folder, beside an archive of the same names: whatever is written is below DIR', async () => {
  const parent = temporaryFolder();
  const files = nastyNames.filter(({ asFile }) => asFile !== 'impossible');
  const fates = files.flatMap(({ asFile }) => (typeof asFile === 'string' ? [] : [asFile]));
  const dataOf = (wanted: string): Buffer => images.find(({ name }) => name === wanted)?.data ?? emptyFile;
  const byName = Object.fromEntries(files.map(({ name }) => [`cwd/in/${name}`, dataOf(name)]));
  const cwd = join(parent, 'cwd');
  writeFiles(parent, {
    ...byName,
    'cwd/same.json': JSON.stringify(recipe),
    'cwd/shoot.zip': zipOf(images),
    'cwd/DIR/mine.txt': textFile,
  });
  const before = pathsIn(parent);

  const args = ['run', 'in', 'shoot.zip', '--recipe', 'same.json', '--out', 'DIR', '--json'];
  const { status, stdout, stderr } = await runCli(args, { cwd });
  const unsafe = nastyNames.filter(({ inZip }) => 'code' in inZip);
  expect(ReportSchema.parse(JSON.parse(stdout))).toMatchObject({
    state: 'partial',
    images: { failed: unsafe.length + 1, total: fates.length + images.length },
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/3 files or folders with a leading dot are left out/);

  const out = join(cwd, 'DIR');
  const lines = readFileSync(join(out, 'results.jsonl'), 'utf8').trimEnd().split('\n');
  expect(fatesOf(lines.map((line) => ResultLineSchema.parse(JSON.parse(line))))).toEqual({
    ...expectedFates([broken, ...nastyNames.map(({ inZip }) => inZip)], 'renditions/', 'shoot.zip#'),
    ...expectedFates(fates, 'renditions/', ''),
  });
  const written = pathsIn(parent).filter((path) => !before.includes(path));
  expect(written.filter((path) => !path.startsWith('cwd/DIR/'))).toEqual([]);
  expect(before.filter((path) => !pathsIn(parent).includes(path))).toEqual([]);
  const renditions = pathsIn(join(out, 'renditions')).filter((path) => path.endsWith('/same.png'));
  const paths = fates.flatMap((fate) => ('path' in fate ? [`${fate.path}/same.png`] : []));
  expect(renditions).toEqual(expect.arrayContaining(paths));
  expect(renditions).toHaveLength(fates.length + images.length - unsafe.length - 1);
  for (const path of renditions) expect(lstatSync(join(out, 'renditions', path)).isFile()).toBe(true);
  expect(readFileSync(join(out, 'report.html'), 'utf8')).not.toMatch(/<img/i);
}, 120_000);
