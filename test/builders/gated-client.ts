import type { S3Client } from '@aws-sdk/client-s3';

/** Holds a client's requests at one of them. */
export interface Gate {
  /** Settles when the n-th request is about to be made. */
  readonly reached: Promise<void>;
  /** Lets it and all after it through. */
  open(): void;
}

/** Makes a client stop before its n-th request, counted from 1. */
export function gateAt(client: S3Client, request: number): Gate {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  let count = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      count += 1;
      if (count >= request) {
        reached.resolve();
        await opened.promise;
      }
      return next(args);
    },
    { step: 'initialize' },
  );
  return { reached: reached.promise, open: opened.resolve };
}
