import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { TemplateError } from './template-error.ts';

const ResourceSchema = z.strictObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).optional(),
  DependsOn: z.union([z.string(), z.array(z.string())]).optional(),
  Condition: z.string().optional(),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
  Metadata: z.unknown().optional(),
});

/**
 * The sections of a template. `Conditions` and `Rules` are read over: a resource that names a condition is refused
 * later (only CDK's own metadata does), and rules only check the version of the bootstrap stack.
 */
const TemplateSchema = z.strictObject({
  AWSTemplateFormatVersion: z.string().optional(),
  Description: z.string().optional(),
  Metadata: z.unknown().optional(),
  Parameters: z.record(z.string(), z.object({ Type: z.string(), Default: z.unknown().optional() })).optional(),
  Conditions: z.unknown().optional(),
  Rules: z.unknown().optional(),
  Resources: z.record(z.string(), ResourceSchema),
  Outputs: z.record(z.string(), z.object({ Value: z.unknown(), Condition: z.string().optional() })).optional(),
});

const ManifestSchema = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      dependencies: z.array(z.string()).optional(),
      properties: z
        .object({ file: z.string().optional(), templateFile: z.string().optional(), stackName: z.string().optional() })
        .optional(),
    }),
  ),
});

const AssetsSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.string(), packaging: z.string() }),
      destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
    }),
  ),
});

type Manifest = z.infer<typeof ManifestSchema>;
export type Template = z.infer<typeof TemplateSchema>;
export type TemplateResource = z.infer<typeof ResourceSchema>;

export interface StackAssembly {
  readonly stackName: string;
  readonly template: Template;
  /** The unpacked folder of each zip asset, by the key that the template's `S3Key` names. */
  readonly assetDirs: ReadonlyMap<string, string>;
}

/**
 * Reads one stack of a CDK cloud assembly (the folder that `cdk synth` writes).
 * @param stackName needed only when the assembly holds several stacks
 * @throws TemplateError when the folder is no assembly, or has no such stack
 */
export async function loadAssembly(assemblyDir: string, stackName?: string): Promise<StackAssembly> {
  const dir = resolve(assemblyDir);
  const manifest = await readJson(join(dir, 'manifest.json'), ManifestSchema);
  const stack = chooseStack(manifest, dir, stackName);
  return {
    stackName: stack.stackName,
    template: await readJson(join(dir, stack.templateFile), TemplateSchema),
    assetDirs: await readAssetDirs(manifest, stack.dependencies, dir),
  };
}

function chooseStack(manifest: Manifest, dir: string, stackName: string | undefined) {
  const stacks = Object.entries(manifest.artifacts).flatMap(([id, artifact]) => {
    const templateFile = artifact.properties?.templateFile;
    if (artifact.type !== 'aws:cloudformation:stack' || templateFile === undefined) return [];
    return [
      { stackName: artifact.properties?.stackName ?? id, templateFile, dependencies: artifact.dependencies ?? [] },
    ];
  });
  const found = stackName === undefined ? stacks : stacks.filter((stack) => stack.stackName === stackName);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const names = stacks.map((stack) => stack.stackName).join(', ') || 'no stack';
  throw new TemplateError(
    `${dir}: cannot choose the stack${stackName === undefined ? '' : ` ${stackName}`} among: ${names}`,
  );
}

async function readAssetDirs(manifest: Manifest, dependencies: readonly string[], dir: string) {
  const assetDirs = new Map<string, string>();
  for (const id of dependencies) {
    const file =
      manifest.artifacts[id]?.type === 'cdk:asset-manifest' ? manifest.artifacts[id].properties?.file : undefined;
    if (file === undefined) continue;
    const { files } = await readJson(join(dir, file), AssetsSchema);
    for (const { source, destinations } of Object.values(files)) {
      const path = join(dir, source.path);
      if (source.packaging !== 'zip' || !(await isDirectory(path))) continue;
      for (const { objectKey } of Object.values(destinations)) assetDirs.set(objectKey, path);
    }
  }
  return assetDirs;
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path)).isDirectory();
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new TemplateError(`${path} cannot be read: not a CDK cloud assembly?`, { cause });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new TemplateError(`${path}: ${reason}`, { cause });
  }
}
