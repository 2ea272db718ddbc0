/**
 * How S3 writes keys into events and `encoding-type=url` listings: percent-encoded UTF-8 with `+` for a space; the
 * slash stays.
 */
export function formEncode(text: string): string {
  return encodeURIComponent(text)
    .replaceAll(/[!'()~]/gu, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/');
}
