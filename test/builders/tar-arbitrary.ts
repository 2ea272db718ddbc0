import * as fc from 'fast-check';
import { gnuLongName, paxHeader, tarPiece, type TarPiece } from './tar-builder.ts';

/** The blocks of a file, or of something that is none, and then `file` is absent. */
export interface TarPart {
  readonly blocks: Buffer;
  readonly file?: { readonly name: string; readonly data: Uint8Array };
}

/** No NUL, which ends names in headers; no slash at the end, which is a directory's; no `./` before it, which is dropped. */
function names(maxBytes: number): fc.Arbitrary<string> {
  return fc
    .string({ unit: 'binary', minLength: 1, maxLength: maxBytes })
    .filter((name) => Buffer.byteLength(name) <= maxBytes && !/\0|\/$|^\.\//.test(name));
}

/** Ways to tell a name of the given bytes. */
const namings: fc.Arbitrary<{ name: string; before: Buffer; header: Pick<TarPiece, 'name' | 'prefix' | 'dialect'> }> =
  fc.oneof(
    names(100).map((name) => ({ name, before: Buffer.alloc(0), header: { name } })),
    names(100).map((name) => ({ name, before: Buffer.alloc(0), header: { name, dialect: 'v7' as const } })),
    fc
      .tuple(names(155), names(100))
      .filter(([prefix]) => prefix !== '.')
      .map(([prefix, name]) => ({ name: `${prefix}/${name}`, before: Buffer.alloc(0), header: { prefix, name } })),
    names(700).map((name) => ({ name, before: paxHeader({ path: name }), header: { name: 'short' } })),
    names(700).map((name) => ({ name, before: gnuLongName(name), header: { name, dialect: 'gnu' as const } })),
  );

const sizes: fc.Arbitrary<Pick<TarPiece, 'sizeAs' | 'sizeBytes'> & { inPax?: boolean }> = fc.constantFrom(
  {},
  { sizeAs: 'base-256' as const },
  { sizeBytes: 0, inPax: true },
);

const files: fc.Arbitrary<TarPart> = fc
  .record({
    naming: namings,
    size: sizes,
    data: fc.uint8Array({ maxLength: 2_000 }),
    type: fc.constantFrom('0', '\0', '7', 'Z'),
    checksum: fc.constantFrom('unsigned' as const, 'signed' as const),
  })
  .map(({ naming: { name, before, header }, size: { inPax, ...size }, data, type, checksum }) => {
    const sizeHeader = inPax === true ? paxHeader({ size: String(data.length) }) : Buffer.alloc(0);
    const blocks = Buffer.concat([before, sizeHeader, tarPiece({ ...header, ...size, data, type, checksum })]);
    return { blocks, file: { name, data } };
  });

const strays: fc.Arbitrary<TarPart> = fc.constantFrom<TarPart>(
  { blocks: tarPiece({ name: 'folder/', type: '5' }) },
  { blocks: tarPiece({ name: 'old folder/', type: '\0', dialect: 'v7' }) },
  { blocks: tarPiece({ name: 'dumped/', type: 'D', dialect: 'gnu', data: Buffer.from('Ya.jpg\0\0') }) },
  { blocks: tarPiece({ name: 'label', type: 'V', dialect: 'gnu' }) },
  { blocks: paxHeader({ comment: 'of all' }, 'g') },
);

/** The parts of a tar: files in all dialects, between things that are none. */
export const tarParts: fc.Arbitrary<TarPart[]> = fc.array(fc.oneof({ weight: 4, arbitrary: files }, strays), {
  minLength: 1,
  maxLength: 12,
});
