import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate } from '../../../localstack/embedded/iam/policy.ts';
import type { PolicyDocument } from '../../../localstack/embedded/iam/policy.ts';

type Statement = Exclude<PolicyDocument['Statement'], readonly unknown[]>;

function decide(statements: Statement[], action: string, resource: string, context: Record<string, string> = {}) {
  return evaluate([{ Version: '2012-10-17', Statement: statements }], { action, resource, context });
}

const bucket = 'arn:aws:s3:::results';
const object = `${bucket}/img/a.jpg`;

test.each<[string, string, string, string, string]>([
  ['exact', 's3:GetObject', object, 's3:GetObject', 'allow'],
  ['another action', 's3:GetObject', object, 's3:PutObject', 'implicit-deny'],
  ['actions in any case', 'S3:getobject', object, 's3:GetObject', 'allow'],
  ['a star in the action', 's3:Get*', object, 's3:GetObject', 'allow'],
  ['a star spans slashes', 's3:*', `${bucket}/*`, 's3:GetObject', 'allow'],
  ['a question mark is one character', 's3:GetObject', `${bucket}/img/?.jpg`, 's3:GetObject', 'allow'],
  ['a question mark is not two', 's3:GetObject', `${bucket}/im?.jpg`, 's3:GetObject', 'implicit-deny'],
  ['the bucket is not its objects', 's3:GetObject', bucket, 's3:GetObject', 'implicit-deny'],
  ['resources keep their case', 's3:GetObject', `${bucket}/IMG/*`, 's3:GetObject', 'implicit-deny'],
  ['a dot is a dot', 's3:GetObject', `${bucket}/img/a?jpg.`, 's3:GetObject', 'implicit-deny'],
])('%s', (_name, Action, Resource, action, expected) => {
  expect(decide([{ Effect: 'Allow', Action, Resource }], action, object)).toBe(expected);
});

test('an explicit deny wins whatever else is allowed, in any order', () => {
  const allow: Statement = { Effect: 'Allow', Action: '*', Resource: '*' };
  const deny: Statement = { Effect: 'Deny', Action: 's3:DeleteObject', Resource: `${bucket}/*` };
  const order = fc.shuffledSubarray([allow, allow, deny], { minLength: 3 });
  fc.assert(
    fc.property(order, (statements) => {
      expect(decide(statements, 's3:DeleteObject', object)).toBe('explicit-deny');
      expect(decide(statements, 's3:GetObject', object)).toBe('allow');
    }),
  );
});

test('NotAction and NotResource cover what they do not name', () => {
  const statements: Statement[] = [
    { Effect: 'Allow', NotAction: ['s3:Delete*', 's3:Put*'], NotResource: `${bucket}/secret/*` },
  ];
  expect(decide(statements, 's3:GetObject', object)).toBe('allow');
  expect(decide(statements, 's3:PutObject', object)).toBe('implicit-deny');
  expect(decide(statements, 's3:GetObject', `${bucket}/secret/a`)).toBe('implicit-deny');
});

test.each<[Record<string, Record<string, string | string[] | boolean>>, Record<string, string>, string]>([
  [{ StringEquals: { 's3:prefix': ['a/', 'b/'] } }, { 's3:prefix': 'b/' }, 'allow'],
  [{ StringEquals: { 's3:prefix': 'a/' } }, { 's3:prefix': 'a/b' }, 'implicit-deny'],
  [{ StringEquals: { 's3:prefix': 'a/' } }, {}, 'implicit-deny'],
  [{ StringLike: { 's3:prefix': 'a/*' } }, { 's3:prefix': 'a/b/c' }, 'allow'],
  [{ StringNotEquals: { 's3:prefix': 'a/' } }, {}, 'allow'],
  [{ StringEqualsIfExists: { 's3:prefix': 'a/' } }, {}, 'allow'],
  [{ Bool: { 'aws:SecureTransport': false } }, { 'aws:securetransport': 'false' }, 'allow'],
  [{ Bool: { 'aws:SecureTransport': 'true' } }, { 'aws:securetransport': 'false' }, 'implicit-deny'],
  [{ ArnLike: { 'aws:SourceArn': 'arn:aws:s3:*:*:photos-*' } }, { 'aws:sourcearn': 'arn:aws:s3:::photos-1' }, 'allow'],
  [
    { ArnEquals: { 'aws:SourceArn': 'arn:aws:s3:::photos' } },
    { 'aws:sourcearn': 'arn:aws:s3:::other' },
    'implicit-deny',
  ],
  [
    { StringEquals: { 's3:prefix': 'a/' }, Bool: { 'aws:SecureTransport': 'true' } },
    { 's3:prefix': 'a/', 'aws:securetransport': 'false' },
    'implicit-deny',
  ],
])('condition %j with %j: %s', (Condition, context, expected) => {
  const statement: Statement = { Effect: 'Allow', Action: 's3:ListBucket', Resource: bucket, Condition };
  expect(decide([statement], 's3:ListBucket', bucket, context)).toBe(expected);
});

test('what cannot be judged throws and names it', () => {
  const statement: Statement = { Effect: 'Allow', Action: '*', Resource: '*' };
  const Condition = { NumericLessThan: { 's3:max-keys': '10' } };
  expect(() => decide([{ ...statement, Condition }], 's3:ListBucket', bucket)).toThrow('NumericLessThan');
  const Resource = `${bucket}/\${aws:username}/*`;
  expect(() => decide([{ ...statement, Resource }], 's3:GetObject', object)).toThrow('${aws:username}');
});
