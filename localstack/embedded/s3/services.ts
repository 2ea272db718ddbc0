import type { Clock } from '../clock.ts';
import type { Store } from '../store.ts';
import type { Bodies } from './bodies.ts';
import type { Buckets } from './buckets.ts';
import type { Listing } from './listing.ts';
import type { Objects } from './objects.ts';
import type { S3Request, S3Response } from './request.ts';
import type { Uploads } from './uploads.ts';

/** What the actions work with. */
export interface S3Services {
  readonly store: Store;
  readonly clock: Clock;
  readonly accountId: string;
  readonly region: string;
  readonly bodies: Bodies;
  readonly buckets: Buckets;
  readonly objects: Objects;
  readonly listing: Listing;
  readonly uploads: Uploads;
}

/** One S3 action. Throws AwsError for whatever the client is to see as an error. */
export type S3Action = (request: S3Request, services: S3Services) => S3Response | Promise<S3Response>;
