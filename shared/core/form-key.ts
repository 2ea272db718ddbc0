/**
 * S3's notifications, and its listings with `encoding-type=url`, encode keys as a form does: `+` is a space, then
 * percent-decoding once (field note 4).
 *
 * @throws URIError when it is not percent-encoded UTF-8
 */
export function decodeFormKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', ' '));
}
