import type { TemplateResource } from './assembly.ts';
import { referencesOf } from './intrinsics.ts';
import { TemplateError } from './template-error.ts';

/**
 * Logical ids, each after everything that it refers to or depends on.
 * @throws TemplateError naming the ring of a circular dependency, which CloudFormation refuses too
 */
export function creationOrder(resources: Readonly<Record<string, TemplateResource>>): string[] {
  const ordered = new Set<string>();
  const visit = (logicalId: string, path: readonly string[]): void => {
    const resource = resources[logicalId];
    if (resource === undefined || ordered.has(logicalId)) return;
    if (path.includes(logicalId)) {
      const ring = [...path.slice(path.indexOf(logicalId)), logicalId];
      throw new TemplateError(`circular dependency between resources: ${ring.join(' → ')}`);
    }
    for (const needed of dependenciesOf(resource)) visit(needed, [...path, logicalId]);
    ordered.add(logicalId);
  };
  for (const logicalId of Object.keys(resources)) visit(logicalId, []);
  return [...ordered];
}

function dependenciesOf({ DependsOn, Properties }: TemplateResource): string[] {
  const explicit = DependsOn === undefined ? [] : [DependsOn].flat();
  return [...explicit, ...referencesOf(Properties)];
}
