/** A header block and what belongs to it, with every field that a test may want to be odd. */
export interface TarPiece {
  readonly name: string | Uint8Array;
  readonly prefix?: string;
  /** `0` when absent; `\0` for the oldest tars. */
  readonly type?: string;
  readonly data?: Uint8Array;
  /** The size that the header claims; that of `data` when absent. */
  readonly sizeBytes?: number;
  readonly sizeAs?: 'octal' | 'base-256';
  /** Overwrites the size field as it is. */
  readonly rawSize?: Uint8Array;
  readonly dialect?: 'v7' | 'ustar' | 'gnu';
  readonly checksum?: 'unsigned' | 'signed' | 'wrong';
  /** Of GNU's old sparse format. */
  readonly isMapContinued?: boolean;
}

export const endOfTar = Buffer.alloc(1_024);

/** With the version behind it. */
const magics = { v7: [''], ustar: ['ustar\0', '00'], gnu: ['ustar  \0'] };

function base256(value: number): Buffer {
  const field = Buffer.alloc(12);
  field.writeBigUInt64BE(BigInt(value), 4);
  field[0] = 0x80;
  return field;
}

function checksumOf(header: Buffer, as: TarPiece['checksum']): number {
  const sum = header.reduce((total, byte) => total + byte, 0);
  if (as === 'wrong') return sum + 1;
  const signed = sum - 256 * header.filter((byte) => byte > 127).length;
  // The field has no place for a sign.
  return as === 'signed' && signed >= 0 ? signed : sum;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

/** One header block. */
export function tarHeader(piece: TarPiece): Buffer {
  const { name, data = new Uint8Array(), dialect = 'ustar', type = '0', prefix = '' } = piece;
  const sizeBytes = piece.sizeBytes ?? data.length;
  const header = Buffer.alloc(512);
  header.set(Buffer.from(name).subarray(0, 100), 0);
  header.write(['0000644', '0001750', '0001750', ''].join('\0'), 100, 'latin1');
  if (piece.sizeAs === 'base-256') header.set(base256(sizeBytes), 124);
  else header.write(octal(sizeBytes, 12), 124, 'latin1');
  if (piece.rawSize !== undefined) header.set(piece.rawSize, 124);
  header.write('14723614032\0', 136, 'latin1');
  header.write('        ', 148, 'latin1');
  header.write(type, 156, 'latin1');
  header.write(magics[dialect].join(''), 257, 'latin1');
  header.write(prefix, 345);
  if (piece.isMapContinued === true) header[482] = 1;
  header.write(`${octal(checksumOf(header, piece.checksum), 7)} `, 148, 'latin1');
  return header;
}

function padded(data: Uint8Array): Buffer {
  return Buffer.concat([data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

/** A header with its data, filled up to whole blocks. */
export function tarPiece(piece: TarPiece): Buffer {
  return Buffer.concat([tarHeader(piece), padded(piece.data ?? new Uint8Array())]);
}

function paxRecord(keyword: string, value: string | Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${keyword}=`), Buffer.from(value), Buffer.from('\n')]);
  let total = rest.length + 1;
  while (String(total).length + rest.length !== total) total = String(total).length + rest.length;
  return Buffer.concat([Buffer.from(String(total)), rest]);
}

/** A pax header, of the next member (`x`) or of all that follow (`g`). */
export function paxHeader(fields: Readonly<Record<string, string | Uint8Array>>, type: 'x' | 'g' = 'x'): Buffer {
  const data = Buffer.concat(Object.entries(fields).map(([keyword, value]) => paxRecord(keyword, value)));
  return tarPiece({ name: 'PaxHeaders/file', type, data });
}

/** GNU's header of a long name (`L`) or link name (`K`). */
export function gnuLongName(name: string, type: 'L' | 'K' = 'L'): Buffer {
  return tarPiece({ name: '././@LongLink', type, dialect: 'gnu', data: Buffer.from(`${name}\0`) });
}

/** A whole tar. */
export function tarOf(...pieces: readonly (TarPiece | Buffer)[]): Buffer {
  const blocks = pieces.map((piece) => (Buffer.isBuffer(piece) ? piece : tarPiece(piece)));
  return Buffer.concat([...blocks, endOfTar]);
}
