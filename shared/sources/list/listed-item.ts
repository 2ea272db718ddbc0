import type { ErrorCode } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import { parseS3Uri, S3UriSchema, UrlSourceSchema, type S3Location } from '../../core/manifest-sources.ts';

/** What a line of a list names. */
export type NamedItem =
  | {
      readonly kind: 'object';
      readonly bucket: string;
      readonly key: string;
      readonly sizeBytes?: number | undefined;
      /** Without quotes. */
      readonly etag?: string | undefined;
      readonly versionId?: string | undefined;
    }
  /** http or https, of any host: whether it may be read is for others to say. */
  | { readonly kind: 'url'; readonly url: string }
  | RefusedItem;

export interface RefusedItem {
  readonly kind: 'refused';
  readonly code: ErrorCode;
  readonly message: string;
}

export function refused(message: string, code: ErrorCode = 'INVALID_MANIFEST'): RefusedItem {
  return { kind: 'refused', code, message };
}

/** A key of a bucket, as it is. */
export function itemOfKey({ bucket, key }: S3Location): NamedItem {
  const keyBytes = Buffer.byteLength(key);
  if (keyBytes === 0) return refused('the line names no key');
  if (keyBytes > limits.maxKeyBytes)
    return refused(`a key of ${keyBytes} bytes: S3's have at most ${limits.maxKeyBytes}`);
  return { kind: 'object', bucket, key };
}

const scheme = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * `s3://bucket/key`, an http or https URL, or a key relative to `base`, whose own key is put in front as it is. Keys are taken
 * literally, without percent-decoding.
 */
export function itemOfValue(value: string, base: S3Location): NamedItem {
  if (/^https?:\/\//i.test(value)) {
    const url = UrlSourceSchema.shape.url.safeParse(value);
    return url.success ? { kind: 'url', url: value } : refused('the URL is too long', 'URL_REFUSED');
  }
  if (value.startsWith('s3://')) {
    const uri = S3UriSchema.safeParse(value);
    return uri.success ? itemOfKey(parseS3Uri(value)) : refused('s3://bucket/key expected');
  }
  const [found] = scheme.exec(value) ?? [];
  if (found !== undefined) return refused(`s3:// or https:// expected (given ${found})`, 'URL_REFUSED');
  if (value === '') return refused('the line names no key');
  return itemOfKey({ bucket: base.bucket, key: base.key + value });
}
