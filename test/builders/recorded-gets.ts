import type { S3Client } from '@aws-sdk/client-s3';

/** Keys and ranges of the GETs that a client makes of keys with this suffix, in order; it is filled from now on. */
export function recordGets(s3: S3Client, suffix: string): string[] {
  const gets: string[] = [];
  s3.middlewareStack.add(
    (next, context) => async (args) => {
      if (context['commandName'] === 'GetObjectCommand' && 'Key' in args.input && args.input.Key?.endsWith(suffix)) {
        const range = 'Range' in args.input ? args.input.Range : undefined;
        gets.push(`${args.input.Key} ${range ?? 'whole'}`);
      }
      return next(args);
    },
    { step: 'initialize' },
  );
  return gets;
}
