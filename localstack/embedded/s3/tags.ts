import { AwsError } from '../aws-error.ts';
import type { Tag } from './object-record.ts';

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
const MAX_TAGS = 10;
const MAX_KEY_CHARS = 128;
const MAX_VALUE_CHARS = 256;

/** `x-amz-tagging: a=1&b=2` */
export function parseTagHeader(header: string | undefined): Tag[] {
  const pairs = [...new URLSearchParams(header ?? '')];
  return validTags(pairs.map(([Key, Value]) => ({ Key, Value })));
}

/** Throws InvalidTag or BadRequest for what S3 does not take. */
export function validTags(tags: readonly Tag[]): Tag[] {
  if (tags.length > MAX_TAGS) throw new AwsError('BadRequest', 400, `Object tags cannot be greater than ${MAX_TAGS}`);
  if (new Set(tags.map((tag) => tag.Key)).size < tags.length)
    throw new AwsError('InvalidTag', 400, 'Cannot provide multiple Tags with the same key');
  for (const { Key, Value } of tags) {
    if (Key === '' || Key.length > MAX_KEY_CHARS)
      throw new AwsError('InvalidTag', 400, 'The TagKey you have provided is invalid', { TagKey: Key });
    if (Value.length > MAX_VALUE_CHARS)
      throw new AwsError('InvalidTag', 400, 'The TagValue you have provided is invalid', { TagKey: Key });
  }
  return [...tags];
}
