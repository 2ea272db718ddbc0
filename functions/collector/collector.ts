import type { Logger } from '@aws-lambda-powertools/logger';
import type { StateStore } from '../../shared/aws/state-store.ts';
import type { CostBasis } from '../../shared/core/cost/job-cost.ts';
import type { EventSender } from '../../shared/core/events.ts';
import type { BudgetedJob } from './watch-budget.ts';

/** What the collector works with; made once for each execution environment. */
export interface Collector {
  /** The results bucket. */
  readonly store: StateStore;
  /** For the completion event. */
  readonly events: EventSender;
  readonly costBasis: CostBasis;
  /** Jobs that this environment has met: begins empty. */
  readonly budgetedJobs: Map<string, BudgetedJob>;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** Milliseconds until Lambda ends the invocation. */
export type RemainingMs = () => number;
