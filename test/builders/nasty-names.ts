import type { ErrorCode } from '../../shared/core/errors.ts';

/** What becomes of an image of this name: what results call it, and either the path of its renditions or why there are none. */
export type Fate =
  { readonly source: string; readonly path: string } | { readonly source: string; readonly code: ErrorCode };

/** A name, and what is to become of it in each place where it can be. */
export interface NastyName {
  readonly name: string;
  /** As an S3 key below a prefix. */
  readonly asKey: Fate;
  readonly inZip: Fate;
  readonly inTar: Fate;
  /** As a file of Linux below a folder: hidden files are left out, and some names no file can have. */
  readonly asFile: Fate | 'hidden' | 'impossible';
}

const taken = (source: string, path = source): Fate => ({ source, path });
const unsafe = (source: string): Fate => ({ source, code: 'ENTRY_UNSAFE' });

/** The same everywhere. */
function everywhere(name: string, path = name): NastyName {
  const fate = taken(name, path);
  return { name, asKey: fate, inZip: fate, inTar: fate, asFile: fate };
}

/** A key that no file and no member of an archive can have. */
function keyAlone(name: string, path: string): NastyName {
  return { name, asKey: taken(name, path), inZip: unsafe(name), inTar: unsafe(name), asFile: 'impossible' };
}

/** Names that Fanlight must carry through, or refuse. Paths are written down by hand, not made by the code that is tested. */
export const nastyNames: readonly NastyName[] = [
  // What a URL, a form or a query means by them.
  everywhere('a+b.jpg'),
  everywhere('a%2Bb.jpg', 'a%252Bb.jpg'),
  everywhere('%', '%25'),
  everywhere('%00.jpg', '%2500.jpg'),
  everywhere('%2E%2E%2Fup.jpg', '%252E%252E%252Fup.jpg'),
  everywhere('#'),
  everywhere('a#b.zip#c.jpg'),
  everywhere('?x=1&y=2'),
  // Spaces.
  everywhere(' leading.jpg'),
  everywhere('trailing.jpg '),
  everywhere('two  spaces.jpg'),
  everywhere('   '),
  everywhere('a folder /b .jpg'),
  // Two names that look the same, and characters that look like none or change what is beside them.
  everywhere('caf\u00e9.jpg'),
  everywhere('cafe\u0301.jpg'),
  everywhere('\u{1F469}\u200D\u{1F4BB}.jpg'),
  everywhere('gpj.\u202Etxt.jpg'),
  everywhere('\uFEFFbom.jpg'),
  everywhere('not\uFFFFa\uFFFEcharacter.jpg'),
  // Controls.
  everywhere('line\nbreak.jpg', 'line%0Abreak.jpg'),
  everywhere('carriage\rreturn.jpg', 'carriage%0Dreturn.jpg'),
  everywhere('tab\tbed.jpg', 'tab%09bed.jpg'),
  everywhere('bell\u0007\u001b[31m.jpg', 'bell%07%1B[31m.jpg'),
  // What HTML, shells and JSON read.
  everywhere('<img onerror=alert(1) src=x>.jpg'),
  everywhere('"quotes\'.jpg'),
  everywhere('$(touch pwned) `id` && ;|.jpg'),
  everywhere('{path}{rendition}.jpg'),
  everywhere('s3:colon.jpg'),
  everywhere('__proto__'),
  // What file systems read.
  { ...everywhere('...'), asFile: 'hidden' },
  everywhere('CON.jpg'),
  everywhere('-rf'),
  everywhere('~'),
  everywhere('*.jpg'),
  everywhere(`${'n'.repeat(251)}.jpg`),
  { ...everywhere('.hidden.jpg'), asFile: 'hidden' },
  keyAlone('../up.jpg', '%2E%2E/up.jpg'),
  keyAlone('a/../../up.jpg', 'a/%2E%2E/%2E%2E/up.jpg'),
  keyAlone('/absolute.jpg', '%_/absolute.jpg'),
  { ...everywhere('a//b.jpg', 'a/%_/b.jpg'), asFile: 'impossible' },
  {
    ...everywhere('./dot.jpg', '%2E/dot.jpg'),
    // `tar -c .` puts it before every name.
    inZip: taken('dot.jpg'),
    inTar: taken('dot.jpg'),
    asFile: 'impossible',
  },
  // Backslashes: zips of Windows have them for slashes.
  {
    ...everywhere('back\\slash.jpg', 'back%5Cslash.jpg'),
    inZip: taken('back/slash.jpg'),
  },
  {
    ...everywhere('..\\..\\up.jpg', '..%5C..%5Cup.jpg'),
    inZip: unsafe('../../up.jpg'),
    asFile: 'hidden',
  },
  {
    ...everywhere('\\\\server\\share.jpg', '%5C%5Cserver%5Cshare.jpg'),
    inZip: unsafe('//server/share.jpg'),
  },
  {
    ...everywhere('C:\\win.jpg', 'C:%5Cwin.jpg'),
    inZip: unsafe('C:/win.jpg'),
    inTar: unsafe('C:\\win.jpg'),
  },
];

/** Of 1,024 bytes: all that an S3 key has, so that an output key has no room for it. */
export const longestName = `${'d/'.repeat(508)}long.jpg`;

/** Too long for any key. */
export const longerName = `${'e/'.repeat(700)}long.jpg`;
/** How results show it. */
export const longerNameShown = `${longerName.slice(0, 200)}…`;
