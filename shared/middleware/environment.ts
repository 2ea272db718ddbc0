import { z } from 'zod';
import { checkHostPattern } from '../core/url-policy.ts';

/** Reads the variables that a stage needs, once, at init: a missing one fails the deployment's first invocation by name. */
export function readEnvironment<Shape extends z.ZodRawShape>(shape: Shape): z.infer<z.ZodObject<Shape>> {
  const parsed = z.object(shape).safeParse(process.env);
  if (parsed.success) return parsed.data;
  throw new Error(
    `environment: ${parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}`,
  );
}

/** A variable that must not be empty. */
export const required = z.string().min(1);

/** Comma-joined hosts, or patterns of them, whose URLs may be read; empty for none. A template's parameter is checked here first. */
export const urlHostList = z
  .string()
  .transform((text) => text.split(',').flatMap((host) => host.trim() || []))
  .pipe(
    z.array(
      z.string().superRefine((host, context) => {
        const reason = checkHostPattern(host);
        if (reason !== undefined) context.addIssue({ code: 'custom', message: `'${host}': ${reason}`, input: host });
      }),
    ),
  );

/** Comma-joined names; empty for none. */
export const nameList = z.string().transform((text) => text.split(',').filter((name) => name !== ''));
