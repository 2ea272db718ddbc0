import { chmodSync, existsSync, mkdirSync, readdirSync, statfsSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { runCli } from '../builders/cli-process.ts';
import type { CliOptions } from '../builders/cli-process.ts';
import { temporaryFolder, writeFiles } from '../builders/folders.ts';
import { picture } from '../builders/images.ts';

const ErrorDocumentSchema = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    path: z.string().optional(),
    suggestion: z.string().optional(),
  }),
});

const nobody = 65_534;

const recipe = { name: 'mine', renditions: [{ name: 'small', resize: { widht: 100 }, formats: { webp: {} } }] };

/** A folder with what the commands below name. */
async function workshop(): Promise<string> {
  const folder = temporaryFolder();
  const image = await picture();
  writeFiles(folder, {
    'photos/a.jpg': image,
    'photos/sub/b.jpg': image,
    'more/a.jpg': await picture({ seed: 2 }),
    'a.jpg': image,
    'photos.zip': 'PK',
    'recipe.json': JSON.stringify(recipe),
    'broken.json': '{"name": ',
    'job.fanlight.json': JSON.stringify({ sources: [{ prefix: 's3://bucket/x/' }], recipe: 'tumbnail' }),
    'out.fanlight.json': JSON.stringify({ sources: [{ prefix: 'photos/' }, { archive: '../photos.zip' }] }),
    'photos.7z': Buffer.from('377abcaf271c', 'hex'),
    'typo.fanlight.json': JSON.stringify({ sources: [], recipes: 'thumbnail' }),
    'closed/a.jpg': image,
    'earlier/renditions/a.jpg/thumbnail.webp': image,
  });
  return folder;
}

interface Refusal {
  readonly title: string;
  readonly args: readonly string[];
  readonly status: number;
  readonly code: string;
  readonly message: RegExp;
  readonly more?: { readonly path?: RegExp; readonly suggestion?: string | RegExp };
}

const refusals: readonly Refusal[] = [
  { title: 'no command', args: [], status: 2, code: 'USAGE', message: /which command/ },
  {
    title: 'unknown command',
    args: ['rnu'],
    status: 2,
    code: 'USAGE',
    message: /mean run/,
    more: { suggestion: 'run' },
  },
  {
    title: 'unknown option',
    args: ['run', 'photos', '--recipy', 'web'],
    status: 2,
    code: 'USAGE',
    message: /--recipy is not an option/,
    more: { suggestion: '--recipe' },
  },
  {
    title: 'a host that no URL source may have',
    args: ['run', 'photos', '--url-host', 'images.example.com', '--url-host', '127.0.0.1'],
    status: 2,
    code: 'USAGE',
    message: /--url-host: .*127\.0\.0\.1/,
  },
  {
    title: 'option without its value',
    args: ['run', 'photos', '--out'],
    status: 2,
    code: 'USAGE',
    message: /--out/,
  },
  {
    title: 'unknown recipe',
    args: ['run', 'photos', '--recipe', 'tumbnail'],
    status: 2,
    code: 'INVALID_RECIPE',
    message: /no recipe tumbnail/,
    more: { suggestion: 'thumbnail' },
  },
  {
    title: 'recipe with a misspelt key',
    args: ['run', 'photos', '--recipe', 'recipe.json'],
    status: 2,
    code: 'INVALID_RECIPE',
    message: /recipe\.json: renditions\[0\]\.resize\.widht/,
    more: { path: /^renditions\[0\]\.resize\.widht$/, suggestion: 'width' },
  },
  {
    title: 'recipe that is no JSON',
    args: ['run', 'photos', '--recipe', 'broken.json'],
    status: 2,
    code: 'INVALID_RECIPE',
    message: /no JSON/,
  },
  {
    title: 'missing recipe file',
    args: ['run', 'photos', '--recipe', './none.json'],
    status: 2,
    code: 'NOT_FOUND',
    message: /none\.json/,
  },
  {
    title: 'missing path',
    args: ['run', 'phtos'],
    status: 2,
    code: 'NOT_FOUND',
    message: /phtos does not exist/,
    more: { path: /phtos$/ },
  },
  {
    title: 'two inputs of one name',
    args: ['run', 'photos', 'more'],
    status: 2,
    code: 'KEY_COLLISION',
    message: /photos\/a\.jpg and .*more\/a\.jpg/,
  },
  {
    title: 'archive that is none',
    args: ['run', 'photos.zip'],
    status: 2,
    code: 'USAGE',
    message: /does not begin like one/,
  },
  {
    title: 'archive of another kind',
    args: ['run', 'photos', 'photos.7z'],
    status: 2,
    code: 'USAGE',
    message: /7z archive.*make it a zip/,
    more: { path: /photos\.7z$/ },
  },
  {
    title: 'manifest that leads out of its folder',
    args: ['run', 'out.fanlight.json'],
    status: 2,
    code: 'INVALID_MANIFEST',
    message: /below the manifest's folder/,
    more: { path: /^sources\[1\]\.archive$/ },
  },
  {
    title: 'manifest with an unknown recipe',
    args: ['run', 'job.fanlight.json'],
    status: 2,
    code: 'INVALID_MANIFEST',
    message: /tumbnail/,
    more: { suggestion: 'thumbnail' },
  },
  {
    title: 'manifest with a misspelt key',
    args: ['run', 'typo.fanlight.json'],
    status: 2,
    code: 'INVALID_MANIFEST',
    message: /recipes/,
    more: { path: /^recipes$/, suggestion: 'recipe' },
  },
  {
    title: 'manifest among others',
    args: ['run', 'photos', 'job.fanlight.json'],
    status: 2,
    code: 'USAGE',
    message: /only PATH/,
  },
  {
    title: 'output in a file',
    args: ['run', 'photos', '--out', 'a.jpg'],
    status: 2,
    code: 'USAGE',
    message: /not a folder/,
  },
  {
    title: 'output below a file',
    args: ['run', 'photos', '--out', 'a.jpg/b/c'],
    status: 2,
    code: 'USAGE',
    message: /a\.jpg is not a folder/,
  },
  {
    title: 'own output as input',
    args: ['run', 'earlier/renditions', '--out', 'earlier'],
    status: 2,
    code: 'USAGE',
    message: /output of an earlier run/,
  },
];

/** What a refused command says: its status, the one line of stderr, the error document, and whether it left anything. */
async function refusalOf(args: readonly string[], options: CliOptions) {
  const { status, stdout, stderr } = await runCli([...args, '--json'], options);
  const { error } = ErrorDocumentSchema.parse(JSON.parse(stdout));
  return { status, stderr, error, leftovers: existsSync(join(options.cwd, 'fanlight-out')) };
}

/** The refusal as expected: one line that holds the message, which is the document's. */
function refusal({ status, code, message, more = {} }: Omit<Refusal, 'title' | 'args'>) {
  const details: Record<string, unknown> = { code, message: expect.stringMatching(message) };
  for (const [name, pattern] of Object.entries(more)) details[name] = expect.stringMatching(pattern);
  return {
    status,
    stderr: expect.stringMatching(new RegExp(`^fanlight: ${code}: [^\\n]*\\n$`)),
    error: details,
    leftovers: false,
  };
}

describe('a command that cannot be done says so in one line, before anything starts', () => {
  test.for(refusals)('$title', async ({ args, ...expected }) => {
    expect(await refusalOf(args, { cwd: await workshop() })).toMatchObject(refusal(expected));
  });

  test('unreadable folder, unreadable file, folder that cannot be written', async () => {
    const cwd = await workshop();
    chmodSync(join(cwd, 'closed'), 0o000);
    chmodSync(join(cwd, 'more/a.jpg'), 0o000);
    chmodSync(cwd, 0o755);
    const root = process.getuid?.() === 0;
    const options = { cwd, ...(root ? { uid: nobody } : {}) };
    const denied = { status: 3, code: 'ACCESS_DENIED', message: /no permission for/ };
    try {
      expect(await refusalOf(['run', 'closed'], options)).toMatchObject(
        refusal({ ...denied, more: { path: /closed$/ } }),
      );
      expect(await refusalOf(['run', 'more'], options)).toMatchObject(
        refusal({ ...denied, more: { path: /a\.jpg$/ } }),
      );
      mkdirSync(join(cwd, 'sealed'), { mode: 0o555 });
      const sealed = await refusalOf(['run', 'photos', '--out', 'sealed/out'], options);
      expect(sealed).toMatchObject(refusal(denied));
      expect(existsSync(join(cwd, 'sealed/out'))).toBe(false);
    } finally {
      chmodSync(join(cwd, 'closed'), 0o755);
    }
  });

  test('links that lead nowhere', async () => {
    const cwd = await workshop();
    symlinkSync('gone.jpg', join(cwd, 'photos/dangling.jpg'));
    const expected = refusal({ status: 2, code: 'NOT_FOUND', message: /dangling\.jpg/ });
    expect(await refusalOf(['run', 'photos'], { cwd })).toMatchObject(expected);
  });

  test('inputs that are larger than the disk', async () => {
    const cwd = await workshop();
    // Holes take no room, and each file is as large as S3 takes it in one PUT.
    const fileBytes = 5 * 1024 ** 3;
    const { bavail, bsize } = statfsSync(cwd);
    const count = Math.ceil((bavail * bsize) / fileBytes) + 1;
    writeFiles(cwd, Object.fromEntries(Array.from({ length: count }, (_, n) => [`huge/${n}`, ''])));
    for (const name of readdirSync(join(cwd, 'huge'))) truncateSync(join(cwd, 'huge', name), fileBytes);
    const expected = refusal({ status: 3, code: 'DISK_FULL', message: /MB free, and this run needs/ });
    expect(await refusalOf(['run', 'huge'], { cwd })).toMatchObject(expected);
  });

  test('help is no error', async () => {
    const cwd = temporaryFolder();
    for (const args of [['--help'], ['run', '--help'], ['dev', '-h']]) {
      const { status, stdout, stderr } = await runCli(args, { cwd });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: fanlight/);
    }
  });
});
