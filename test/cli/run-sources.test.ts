import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ResultLineSchema } from '../../shared/core/outcome.ts';
import { ReportSchema } from '../../shared/core/report.ts';
import { runCli } from '../builders/cli-process.ts';
import { temporaryFolder, writeFiles } from '../builders/folders.ts';
import { picture } from '../builders/images.ts';
import { buildZip } from '../builders/zip-builder.ts';

/** What became of each image, as the folder's results tell. */
function outcomesIn(out: string): Record<string, string> {
  const lines = readFileSync(join(out, 'results.jsonl'), 'utf8').trimEnd().split('\n');
  const results = lines.map((line) => ResultLineSchema.parse(JSON.parse(line)));
  return Object.fromEntries(
    results.map(({ source, status, error, reason }) => [source, error?.code ?? reason ?? status]),
  );
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();

/** Several runs, on a machine that may be busy. */
const patience = { timeout: 120_000 };

const member = (name: string): string => `shoot.zip#${name}`;

/** Each becomes a file below DIR. */
const strangeNames = [
  'a+b.jpg',
  'a%2Bb.jpg',
  'a b/c d.jpg',
  'caf\u00e9.jpg',
  'cafe\u0301.jpg',
  'line\nbreak.jpg',
  '<img src=x onerror=alert(1)>.jpg',
  `${'n'.repeat(251)}.jpg`,
  // Longer than a file's name once it is encoded.
  `${'\n'.repeat(120)}.jpg`,
  // A file and a folder of one name.
  'twin',
  'twin/thumbnail.webp',
];
const unsafeNames = ['../up.jpg', '/absolute.jpg', 'C:\\drive.jpg', 'in/../../up.jpg'];

test(
  'an archive beside files: whatever its members are called, all is below DIR; the same command again skips',
  patience,
  async () => {
    const cwd = temporaryFolder();
    const image = await picture();
    const zip = buildZip([...strangeNames, ...unsafeNames, 'notes.txt'].map((name) => ({ name, data: image })));
    writeFiles(cwd, { 'in/a.jpg': image, 'in/inner.zip': zip, 'shoot.zip': zip });
    const args = ['run', 'in', 'shoot.zip', '--out', 'out', '--json'];

    const first = await runCli(args, { cwd });
    const succeeded = ['a.jpg', ...[...strangeNames, 'notes.txt'].map(member)];
    expect(outcomesIn(join(cwd, 'out'))).toEqual({
      ...Object.fromEntries(succeeded.map((name) => [name, 'succeeded'])),
      ...Object.fromEntries(unsafeNames.map((name) => [member(name.replaceAll('\\', '/')), 'ENTRY_UNSAFE'])),
      'inner.zip': 'not-an-image',
    });
    expect(first.status).toBe(1);
    expect(first.stderr).toMatch(/^fanlight: render\n/m);
    expect(first.stderr).toMatch(/3 renditions have a name with %~/);
    const renditions = filesIn(join(cwd, 'out/renditions'));
    expect(renditions).toHaveLength(succeeded.length);
    expect(renditions).toContain('shoot.zip#a b/c d.jpg/thumbnail.webp');
    expect(readdirSync(cwd).toSorted()).toEqual(['in', 'out', 'shoot.zip']);

    const second = await runCli(args, { cwd });
    expect(ReportSchema.parse(JSON.parse(second.stdout)).images).toMatchObject({
      succeeded: 0,
      failed: unsafeNames.length,
    });
    expect(filesIn(join(cwd, 'out/renditions'))).toEqual(renditions);
  },
);

test('a manifest of local sources', patience, async () => {
  const cwd = temporaryFolder();
  const image = await picture();
  const sources = [
    { prefix: 'photos', include: ['*.jpg'] },
    { archive: 'shoot.zip' },
    { list: 'keys.csv', column: 'key', base: 'more/' },
    { object: 'one.jpg' },
  ];
  writeFiles(cwd, {
    'jobs/photos/a.jpg': image,
    'jobs/photos/b.txt': 'b',
    'jobs/more/c.jpg': image,
    'jobs/one.jpg': image,
    'jobs/shoot.zip': buildZip([{ name: 'd.jpg', data: image }]),
    'jobs/keys.csv': 'key,size\nc.jpg,1\n',
    'jobs/mine.fanlight.json': JSON.stringify({ recipe: 'thumbnail', sources }),
  });
  const { stdout, status } = await runCli(['run', 'jobs/mine.fanlight.json', '--json'], { cwd });
  expect(ReportSchema.parse(JSON.parse(stdout))).toMatchObject({ state: 'succeeded', images: { total: 5 } });
  expect(outcomesIn(join(cwd, 'fanlight-out'))).toEqual({
    'photos/a.jpg': 'succeeded',
    'photos/b.txt': 'filtered',
    'shoot.zip#d.jpg': 'succeeded',
    'more/c.jpg': 'succeeded',
    'one.jpg': 'succeeded',
  });
  expect(status).toBe(0);
});

test('what the pipeline refuses as a whole: the input has failed, or the manifest is wrong', patience, async () => {
  const cwd = temporaryFolder();
  const zip = buildZip([{ name: 'a.jpg', data: await picture() }]);
  writeFiles(cwd, {
    'cut.zip': zip.subarray(0, zip.length - 30),
    'urls.fanlight.json': JSON.stringify({
      sources: [{ url: 'https://images.example.com/a.png' }, { url: 'https://other.example.com/a.png' }],
    }),
  });
  const cut = await runCli(['run', 'cut.zip'], { cwd });
  expect(cut.stdout).toMatch(/^Not done: ARCHIVE_CORRUPT: cut\.zip [^\n]*\n/);
  expect(cut.status).toBe(1);

  // The first one's host is allowed; nothing is fetched of a manifest that is refused.
  const urls = await runCli(['run', 'urls.fanlight.json', '--url-host', 'images.example.com'], { cwd });
  expect(urls.stdout).toMatch(
    /^Not done: URL_REFUSED: sources\[1\]: [^\n]*other\.example\.com is not one of the hosts/,
  );
  expect(urls.status).toBe(2);
});
