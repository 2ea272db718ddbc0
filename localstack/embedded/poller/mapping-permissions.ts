import { isAllowed } from '../iam/principals.ts';
import type { StackModel } from '../template/stack-model.ts';
import { TemplateError } from '../template/template-error.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions */
const NEEDED_ACTIONS = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

/**
 * Lambda polls with the permissions of the function's role, and refuses a mapping without them.
 * @throws TemplateError
 */
export function checkMappingPermissions({ mappings, functions }: StackModel): void {
  for (const { functionName, logicalId, queueArn } of mappings) {
    const role = functions.find(({ name }) => name === functionName)?.role;
    const missing = NEEDED_ACTIONS.filter((action) => role === undefined || !isAllowed(role, action, queueArn));
    if (missing.length === 0) continue;
    throw new TemplateError(
      `AWS::Lambda::EventSourceMapping ${logicalId}: The provided execution role does not have permissions to call ` +
        `${missing.join(', ')} on ${queueArn}`,
    );
  }
}
