import { describe, expect, test } from 'vitest';
import { sniffFormat } from '../../../../functions/processor/render/sniff-format.ts';
import { photo, sourceFormats } from '../../../builders/photos.ts';

const ascii = (text: string) => Buffer.from(text, 'latin1');
const isoMedia = (major: string, ...compatible: string[]) => {
  const size = String.fromCharCode(0, 0, 0, 16 + 4 * compatible.length);
  return ascii(`${size}ftyp${major}\0\0\0\0${compatible.join('')}\0\0\0\x08mdat`);
};

test.each(Object.entries(sourceFormats))('%s is recognised by its bytes', async (name, encode) => {
  expect(sniffFormat(await encode(photo()).toBuffer())).toBe(name.split(' ').at(-1));
});

test.each([
  ['avif as a compatible brand only', isoMedia('mif1', 'mif1', 'avif'), 'avif'],
  ['an AVIF sequence', isoMedia('avis', 'msf1'), 'avif'],
  ['BigTIFF', ascii('MM\0+\0\x08\0\0'), 'tiff'],
])('%s', (_name, bytes, format) => {
  expect(sniffFormat(bytes)).toBe(format);
});

describe('what is refused says why', () => {
  test.each([
    ['HEIC', isoMedia('heic', 'mif1', 'heic'), /HEIC \(HEVC\) is not read; convert it/],
    ['HEIF of no known codec', isoMedia('mif1', 'mif1'), /HEIC/],
    ['a video', isoMedia('isom', 'mp41'), /video/],
    ['SVG', ascii('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'), /SVG is not read/],
    ['text', ascii('Dear diary,\nnothing happened.\n'), /^the file is text, not an image/],
    ['HTML', ascii('<!doctype html><title>404</title>'), /^the file is text/],
    ['PDF', ascii('%PDF-1.7\n\xe2\xe3'), /PDF/],
    ['JPEG XL', ascii('\xff\x0a\x00'), /JPEG XL/],
    ['JPEG 2000', ascii('\0\0\0\x0cjP  \r\n\x87\n'), /JPEG 2000/],
    ['a zip', ascii('PK\x03\x04\x14\0'), /archive/],
    ['zeros', Buffer.alloc(100), /no image format that is read/],
    ['one byte', ascii('\xff'), /no image format|text/],
    ['RIFF that is no WebP', ascii('RIFF\x10\0\0\0WAVEfmt '), /no image format/],
  ])('%s: UNSUPPORTED_FORMAT', (_name, bytes, message) => {
    expect(() => sniffFormat(bytes)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_FORMAT', message: expect.stringMatching(message) as unknown }),
    );
  });

  test('nothing at all: EMPTY_SOURCE', () => {
    expect(() => sniffFormat(Buffer.alloc(0))).toThrow(expect.objectContaining({ code: 'EMPTY_SOURCE' }));
  });
});
