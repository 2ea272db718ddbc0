import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { sweep } from './sweep.ts';
import type { Sweeper } from './sweeper.ts';

/** Lambda handler of the schedule. The event says nothing that the sweeper needs. */
export function sweeperHandler(sweeper: Sweeper) {
  return middy<unknown, void>()
    .use(injectLambdaContext(sweeper.logger, { resetKeys: true }))
    .handler(async (_event, context) => sweep(sweeper, () => context.getRemainingTimeInMillis()));
}
