import type { ErrorCode } from '../../shared/core/errors.ts';
import type { Report } from '../../shared/core/report.ts';

/** A result line in short: its status with the reason or code. */
export type ExpectedOutcome = 'succeeded' | 'skipped not-an-image' | `failed ${ErrorCode}`;

/** What whoever made or received an archive expects to come of it. */
export interface ExpectedArchive {
  readonly state: Report['state'];
  /** Of the job, when the archive or the rest of it cannot be read. */
  readonly error?: ErrorCode;
  /** Names and outcomes of the members that are told, in the archive's order. */
  readonly members: readonly (readonly [name: string, outcome: ExpectedOutcome])[];
  /** It does not begin like an archive, so that only a manifest that names it makes a job: dropped, it is one more file that is no image. */
  readonly by?: 'manifest';
}

type Members = ExpectedArchive['members'];

const stray = 'skipped not-an-image';
/** Found out when the member is read: then it is told whatever its name is. */
const damaged = 'failed ARCHIVE_CORRUPT';

const corrupt: ExpectedArchive = { state: 'failed', error: 'ARCHIVE_CORRUPT', members: [] };

function each(outcome: ExpectedOutcome, names: readonly string[]): Members {
  return names.map((name) => [name, outcome]);
}

/** Nobody misses a text among images, be it empty, encrypted or packed by an unknown method: it is not read. */
function strays(...names: readonly string[]): ExpectedArchive {
  return { state: 'succeeded', members: each(stray, names) };
}

const readableStream = `
  duplex.js float.patch fs.js LICENSE package.json passthrough.js readable.js README.md transform.js writable.js
  zlib.js test/common.js test/simple/test-stream2-basic.js test/simple/test-stream2-compatibility.js
  test/simple/test-stream2-finish-pipe.js test/simple/test-stream2-large-read-stall.js
  test/simple/test-stream2-objects.js test/simple/test-stream2-pipe-error-handling.js
  test/simple/test-stream2-push.js test/simple/test-stream2-read-sync-stack.js
  test/simple/test-stream2-readable-empty-buffer-no-eof.js test/simple/test-stream2-readable-from-list.js
  test/simple/test-stream2-readable-legacy-drain.js test/simple/test-stream2-readable-non-empty-end.js
  test/simple/test-stream2-set-encoding.js test/simple/test-stream2-transform.js
  test/simple/test-stream2-unpipe-drain.js test/simple/test-stream2-unpipe-leak.js
  test/simple/test-stream2-writable.js test/fixtures/x1024.txt lib/_stream_duplex.js lib/_stream_passthrough.js
  lib/_stream_readable.js lib/_stream_transform.js lib/_stream_writable.js examples/CAPSLOCKTYPER.JS
  examples/typer-fsr.js examples/typer.js
`
  .trim()
  .split(/\s+/)
  .map((name) => `bl/node_modules/readable-stream/${name}`);

const made: Readonly<Record<string, ExpectedArchive>> = {
  'badcrc.zip': { state: 'failed', members: [['a.bin', damaged]] },
  // A text that calls itself a JPEG, and a second one of its name: the first is taken.
  'dup.zip': {
    state: 'failed',
    members: [
      ['dup.jpg', 'failed UNSUPPORTED_FORMAT'],
      ['dup.jpg', 'failed KEY_COLLISION'],
    ],
  },
  'lying.zip': { state: 'failed', members: [['a.bin', damaged]] },
  // Before anything of it is planned.
  'overlap.zip': corrupt,
};

const tarStream: Readonly<Record<string, ExpectedArchive>> = {
  'base-256-size.tar': strays('test.txt'),
  'base-256-uid-gid.tar': strays('package.json'),
  'gnu-incremental.tar': strays('test.txt'),
  'gnu-long-path.tar': strays(
    'node-v0.11.14/deps/npm/node_modules/init-package-json/node_modules/promzard/example/npm-init/init-input.js',
  ),
  'gnu.tar': strays('test.txt'),
  // Cut off in the padding behind the file, which is whole; nobody knows what would have followed.
  'incomplete.tar': { state: 'failed', error: 'ARCHIVE_CORRUPT', members: [['file-1.txt', stray]] },
  // Invalid only to who forgets to gunzip it.
  'invalid.tgz': strays(
    ...['.jshintrc', '.npmignore', '.travis.yml', 'bl.js', 'LICENSE', 'package.json', 'README.md', 'test.js'].map(
      (name) => `bl/${name}`,
    ),
    ...readableStream,
  ),
  'large-uid-gid.tar': strays('test.txt'),
  // The question mark is in the archive.
  'latin1.tar': strays("En français, s'il vous plaît?.txt"),
  'long-name.tar': strays(
    `my/file/is/longer/than/100/characters/and/should/use/the/prefix/header/${'foobarbaz/'.repeat(6)}filename.txt`,
  ),
  'multi-file.tar': strays('file-1.txt', 'file-2.txt'),
  'name-is-100.tar': strays(
    'node_modules/mocha-jshint/node_modules/jshint/node_modules/console-browserify/test/static/index.html',
  ),
  'one-file.tar': strays('test.txt'),
  'pax.tar': strays('pax.txt'),
  'space.tar': strays(
    ...['bower.json', 'pom.xml', 'package.json', 'assembly.xml'].map((name) => `test-0.0.0-SNAPSHOT/${name}`),
  ),
  // A directory, and a link to it that nothing follows.
  'types.tar': strays('directory-link'),
  'unicode-bsd.tar': strays('høllø.txt'),
  'unicode.tar': strays('høstål.txt'),
  'unknown-format.tar': strays('file-1.txt', 'file-2.txt'),
  'v7.tar': strays('test.txt'),
};

const yauzlFailure: Readonly<Record<string, ExpectedArchive>> = {
  'End of central directory record signature not found Either not a zip file or file is truncated.zip': corrupt,
  // No bytes at all.
  'End of central directory record signature not found Either not a zip file or file is truncated_1.zip': {
    state: 'failed',
    error: 'EMPTY_SOURCE',
    members: [],
    by: 'manifest',
  },
  'Invalid comment length Expected 1 Found 0 Are there extra bytes at the end of the file Or is the end of central dir signature PK in the com.zip':
    corrupt,
  // A name that leads elsewhere is told, whatever it is the name of.
  'absolute path C xt.zip': {
    state: 'partial',
    members: [
      ['C:/xt', 'failed ENTRY_UNSAFE'],
      ['b.txt', stray],
    ],
  },
  'absolute path atxt.zip': {
    state: 'partial',
    members: [
      ['/atxt', 'failed ENTRY_UNSAFE'],
      ['b.txt', stray],
    ],
  },
  'compressed uncompressed size mismatch for stored file 2147483647 5.zip': {
    state: 'partial',
    members: [
      ['a.txt', damaged],
      ['b.txt', stray],
    ],
  },
  'extra field length exceeds extra field buffer size.zip': strays('a.txt', 'b.txt'),
  'file data overflows file bounds 63 2147483647 308.zip': {
    state: 'partial',
    members: [
      ['a.txt', damaged],
      ['b.txt', stray],
    ],
  },
  'invalid central directory file header signature 0x1014b50.zip': corrupt,
  // `a\txt` in the central directory, `a.txt` in front of the data.
  'invalid characters in fileName a txt.zip': {
    state: 'partial',
    members: [
      ['a/txt', damaged],
      ['b.txt', stray],
    ],
  },
  'invalid code lengths set.zip': { state: 'failed', members: [['index.js', damaged]] },
  'invalid local file header signature 0x3034b50.zip': {
    state: 'partial',
    members: [
      ['a.txt', stray],
      ['b.txt', damaged],
    ],
  },
  'invalid relative path xt.zip': {
    state: 'partial',
    members: [
      ['../xt', 'failed ENTRY_UNSAFE'],
      ['b.txt', stray],
    ],
  },
  // The record would be its first bytes.
  'invalid zip64 end of central directory record signature.zip': {
    state: 'failed',
    error: 'UNSUPPORTED_FORMAT',
    members: [],
    by: 'manifest',
  },
  'multi-disk zip files are not supported found disk number 1.zip': {
    state: 'failed',
    error: 'UNSUPPORTED_FORMAT',
    members: [],
  },
  // Its 999 deflated bytes cannot be the 2 MB that it declares.
  'not enough bytes in the stream expected 2048576 got only 1000000.zip': {
    state: 'failed',
    members: [['zeros.bin', damaged]],
  },
  'strong encryption is not supported.zip': strays('a.txt'),
  'too many bytes in the stream expected 82496 got at least 98304.zip': {
    state: 'failed',
    members: [['zeros.bin', damaged]],
  },
  'too many length or distance symbols.zip': { state: 'failed', members: [['index.js', damaged]] },
  'unexpected EOF.zip': { state: 'failed', members: [['empty.txt', damaged]] },
  'unsupported compression method 1.zip': strays('a.txt', 'b.txt'),
  'zip64 extended information extra field does not include compressed size.zip': {
    state: 'failed',
    members: [['empty.txt', damaged]],
  },
  'zip64 extended information extra field does not include relative header offset.zip': {
    state: 'failed',
    members: [['empty.txt', damaged]],
  },
  'zip64 extended information extra field does not include uncompressed size.zip': {
    state: 'failed',
    members: [['empty.txt', damaged]],
  },
};

const yauzlSuccess: Readonly<Record<string, ExpectedArchive>> = {
  'NtfsTimestamp.zip': strays('a'),
  'big-compression.zip': strays('0x21000'),
  'big-uncompressed.zip': strays('0x21000'),
  'bogus-compression-method.zip': strays('index.js'),
  'cygwin-info-zip.zip': strays('a.txt', 'b.txt'),
  'deflate.zip': strays('index.js'),
  'directories.zip': strays('a/a.txt'),
  // There was nothing to be done, and it is done.
  'empty.zip': strays(),
  'everything.zip': {
    state: 'succeeded',
    members: [
      ['0x21000', stray],
      [`a/${'long'.repeat(15)}kindalongname.txt`, stray],
      ['a/b/c/0x21000', stray],
      ...each(
        stray,
        Array.from({ length: 1_000 }, (_, index) => `a/b/${String(index).padStart(3, '0')}`),
      ),
    ],
  },
  'linux-info-zip.zip': strays('a.txt', 'b.txt'),
  // The same as `invalid characters in fileName`: local header and central directory name different files.
  'sloppy-filenames.zip': {
    state: 'partial',
    members: [
      ['a/txt', damaged],
      ['b.txt', stray],
    ],
  },
  'streaming.zip': strays('test1.txt', 'test2.txt'),
  'traditional-encryption-and-compression.zip': strays('a.bin'),
  'traditional-encryption-and-compression_deprecated.zip': strays('a.bin'),
  'traditional-encryption.zip': strays('a.txt'),
  'traditional-encryption_deprecated.zip': strays('a.txt'),
  'unicode-path-extra-field.zip': strays('七个房间.txt'),
  'unicode.zip': strays(
    'Turmion Kätilöt/Hoitovirhe/Rautaketju.mp3',
    'Turmion Kätilöt/Pirun nyrkki/Mistä veri pakenee.mp3',
  ),
  'unix-epoch.zip': strays('unix-epoch.txt'),
  'windows-7-zip.zip': strays('a.txt', 'b.txt'),
  'windows-compressed-folder.zip': strays('a.txt', 'b.txt'),
  'zip64.zip': strays('test1.txt', 'test2.txt'),
};

const yauzlWrongSizes: Readonly<Record<string, ExpectedArchive>> = {
  // One unpacks to less than it declares, the other one to more.
  'wrong-entry-sizes.zip': {
    state: 'failed',
    members: [
      ['a.txt', damaged],
      ['b.txt', damaged],
    ],
  },
};

function below(folder: string, archives: Readonly<Record<string, ExpectedArchive>>): [string, ExpectedArchive][] {
  return Object.entries(archives).map(([name, expected]) => [`${folder}${name}`, expected]);
}

/** Of each archive of the corpus, by its path below the corpus' `archives/`. */
export const expectedArchives: readonly (readonly [path: string, expected: ExpectedArchive])[] = [
  ...below('', made),
  ...below('tar-stream/', tarStream),
  ...below('yauzl/failure/', yauzlFailure),
  ...below('yauzl/success/', yauzlSuccess),
  ...below('yauzl/wrong-entry-sizes/', yauzlWrongSizes),
];
