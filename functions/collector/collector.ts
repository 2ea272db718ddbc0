import type { Logger } from '@aws-lambda-powertools/logger';
import type { StateStore } from '../../shared/aws/state-store.ts';

/** What the collector works with; made once for each execution environment. */
export interface Collector {
  /** The results bucket. */
  readonly store: StateStore;
  readonly logger: Logger;
  readonly now: () => Date;
}
