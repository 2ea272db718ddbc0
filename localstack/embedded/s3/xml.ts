import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';
import { malformedXml } from './errors.ts';

/** An XML document as nested lists, in the order in which it is written. `undefined` leaves the element out. */
export type XmlContent = string | number | boolean | undefined | readonly XmlElement[];
export type XmlElement = readonly [name: string, content: XmlContent];

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

export function xmlDocument(root: string, content: XmlContent, namespace: string | null = NAMESPACE): string {
  const attribute = namespace === null ? '' : ` xmlns="${namespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${xmlText(content)}</${root}>`;
}

function xmlText(content: XmlContent): string {
  if (content === undefined) return '';
  if (typeof content !== 'object') return escapeXml(String(content));
  return content.map(([name, inner]) => (inner === undefined ? '' : `<${name}>${xmlText(inner)}</${name}>`)).join('');
}

const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Control characters too, as references: XML parsers turn a raw carriage return into a line feed. */
function escapeXml(text: string): string {
  // oxlint-disable-next-line eslint/no-control-regex -- control characters are what has to be escaped
  return text.replaceAll(/[&<>"\u0000-\u001f\u007f-\u009f]/gu, (char) => named[char] ?? `&#x${hex(char)};`);
}

function hex(char: string): string {
  return char.charCodeAt(0).toString(16).toUpperCase();
}

// Values stay as written: keys may look like numbers or begin with a space. htmlEntities enables &#13; and &#xD;.
const parser = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  htmlEntities: true,
});

/** Reads a request's document; anything but the expected shape is MalformedXML. */
export function parseXml<T>(text: string, schema: z.ZodType<T>): T {
  if (text.includes('<!DOCTYPE')) throw malformedXml('a document type declaration is not allowed');
  let document: unknown;
  try {
    document = parser.parse(text, true);
  } catch (error) {
    throw malformedXml(error instanceof Error ? error.message : String(error));
  }
  const result = schema.safeParse(document);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw malformedXml(issue === undefined ? '' : `${issue.path.join('/')}: ${issue.message}`);
  }
  return result.data;
}

/** XML does not tell a list of one from a single element. */
export function oneOrMore<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => [value].flat(), z.array(schema));
}
