import { crc32 } from 'node:zlib';
import type { CentralHeader } from './central-header.ts';
import { extraData, extraId } from './extra-field.ts';

/** Bytes 128 to 255. Those below are ASCII: control characters are not the symbols that a PC's screen showed for them. */
const upperCp437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

const utf8Flag = 0x0800;

export interface DecodedName {
  readonly name: string;
  /** The archive says UTF-8 and it is none: bytes of the name are replaced. */
  readonly damaged: boolean;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function asUtf8(raw: Buffer): string | undefined {
  try {
    return strictUtf8.decode(raw);
  } catch {
    return undefined; // thrown for nothing but invalid UTF-8
  }
}

function asCp437(raw: Buffer): string {
  let name = '';
  for (const byte of raw) name += byte < 128 ? String.fromCharCode(byte) : (upperCp437[byte - 128] ?? '');
  return name;
}

/** Info-ZIP's unicode path, APPNOTE 4.6.9; its CRC tells whether the name was changed by who does not know it. */
function unicodePath({ rawName, extra }: CentralHeader): string | undefined {
  for (const { id, data } of extraData(extra)) {
    if (id !== extraId.unicodePath || data.length < 6 || data[0] !== 1) continue;
    if (data.readUInt32LE(1) !== crc32(rawName)) continue;
    const name = asUtf8(data.subarray(5));
    if (name !== undefined) return name;
  }
  return undefined;
}

/**
 * The name of an entry, `/`-separated: zips of Windows have backslashes.
 *
 * What is valid UTF-8 is taken as UTF-8 without the flag too, as macOS writes it. A name in CP437 is hardly ever valid UTF-8 by
 * chance: its accented letters, 0x80 to 0xA5, are continuation bytes there, and the lead bytes, 0xC2 to 0xF4, are its box drawings
 * and Greek letters.
 */
export function decodeName(header: CentralHeader): DecodedName {
  const { rawName, flags } = header;
  const name = unicodePath(header) ?? asUtf8(rawName);
  const damaged = name === undefined && (flags & utf8Flag) !== 0;
  return { name: (name ?? (damaged ? rawName.toString() : asCp437(rawName))).replaceAll('\\', '/'), damaged };
}
