import { z } from 'zod';

const stringOrStrings = z.union([z.string(), z.array(z.string())]);

const StatementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: stringOrStrings.optional(),
  NotAction: stringOrStrings.optional(),
  Resource: stringOrStrings.optional(),
  NotResource: stringOrStrings.optional(),
  Condition: z.record(z.string(), z.record(z.string(), z.union([stringOrStrings, z.boolean()]))).optional(),
});

/** An identity policy document, as CloudFormation and IAM write it. */
export const PolicyDocumentSchema = z.object({
  Version: z.string().optional(),
  Id: z.string().optional(),
  Statement: z.union([StatementSchema, z.array(StatementSchema)]),
});

export type PolicyDocument = z.infer<typeof PolicyDocumentSchema>;
