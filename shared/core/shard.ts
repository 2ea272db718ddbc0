import { z } from 'zod';
import { shortHash } from './hash.ts';
import { RecipeSchema } from './recipe.ts';
import { SourceSchema } from './source.ts';

/** The prefix of renditions below `renditions/`, and the key template below it. */
export const OutputTargetSchema = z.strictObject({ prefix: z.string(), key: z.string().optional() });

/**
 * The message of the shards queue, and a line of plan.jsonl: self-contained, so that a processor needs no other
 * document to work on it. A copy is the same message with fewer sources and a higher hop.
 */
export const ShardSchema = z.strictObject({
  v: z.literal(1),
  /** Absent for single uploads, whose outcomes are kept by route and day. */
  job: z.string().optional(),
  /** Prefix of the route that accepted the upload. */
  route: z.string(),
  part: z.int().nonnegative(),
  /** Images of the whole part: lets the collector size its outcome set from any notice. */
  partImages: z.int().positive(),
  shard: z.string(),
  recipe: RecipeSchema,
  output: OutputTargetSchema,
  /** The output prefix was empty when the job was planned: a first delivery need not look for earlier renditions. */
  fresh: z.boolean(),
  /** Render even what is done already. */
  force: z.boolean().default(false),
  sources: z.array(SourceSchema).min(1),
  /** Of the job: no copy is sent that would come later. */
  deadlineAt: z.iso.datetime().optional(),
  /** Messages between the splitter's and this one; above limits.maxHops it is refused. */
  hop: z.int().nonnegative().default(0),
  /** Copies in a row that were made because a service was unavailable: the exponent of the delay. */
  transient: z.int().nonnegative().default(0),
});
export type Shard = z.infer<typeof ShardSchema>;

/** What is made of the images of a shard, and where it goes. */
export type Target = Pick<Shard, 'recipe' | 'output'>;

/**
 * MessageGroupId of a shard's messages. On a standard queue groups share the consumers fairly: neither a large job nor a burst on one
 * route holds up the others (field note 29).
 */
export function messageGroupOf({ job, route }: Pick<Shard, 'job' | 'route'>): string {
  return job ?? `route-${shortHash(route)}`;
}

/** Delay of a copy after `transient` failures in a row: 30 s doubled each time, at most SQS's 900 s, ± 20 % so that copies spread. */
export function copyDelayS(transient: number, random: number): number {
  const delayS = Math.min(900, 30 * 2 ** transient);
  return Math.min(900, Math.round(delayS * (0.8 + 0.4 * random)));
}
