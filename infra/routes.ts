import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Route } from '../shared/core/deployment.ts';

/**
 * One notification for each route, bucket → queue, in the bucket's own resource: CDK's BucketNotifications would be a custom resource.
 * S3 tries the queue when the bucket is made, so the policy comes first; it therefore cannot name the bucket (that would
 * be a cycle) and trusts S3 on behalf of this account instead: nobody else's bucket may send.
 */
export function notify(bucket: Bucket, queue: Queue, routes: readonly Route[]): void {
  const policy = queue.addToResourcePolicy(
    new PolicyStatement({
      actions: ['sqs:SendMessage'],
      principals: [new ServicePrincipal('s3.amazonaws.com')],
      resources: [queue.queueArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(bucket).account } },
    }),
  );
  const resource = bucket.node.defaultChild;
  if (!(resource instanceof CfnBucket)) throw new Error(`${bucket.node.path} must be a bucket of this app`);
  if (policy.policyDependable) resource.node.addDependency(policy.policyDependable);
  resource.notificationConfiguration = {
    queueConfigurations: routes.map((route) => ({
      event: 's3:ObjectCreated:*',
      queue: queue.queueArn,
      filter: { s3Key: { rules: filterRules(route) } },
    })),
  };
}

function filterRules({ prefix, suffix }: Route): CfnBucket.FilterRuleProperty[] {
  const rules = [{ name: 'prefix', value: prefix }];
  return suffix ? [...rules, { name: 'suffix', value: suffix }] : rules;
}
