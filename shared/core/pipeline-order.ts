import type { NamedOperation, OperationOptions } from './operations.ts';

/**
 * Where sharp's pipeline applies each operation, whatever the order of the calls (sharp's src/pipeline.cc). An
 * extract written after a resize has a second place of its own.
 */
const stages = {
  extract: 0,
  greyscale: 1,
  resize: 2,
  flip: 3,
  flop: 4,
  rotate: 5,
  extractAfterResize: 6,
  blur: 7,
  sharpen: 8,
} as const satisfies Record<NamedOperation['name'] | 'extractAfterResize', number>;

function isTransparent(background: OperationOptions['rotate']['background']): boolean {
  if (background === undefined) return false;
  if (typeof background === 'object') return (background.alpha ?? 1) < 1;
  return background === 'transparent' || background.length === 5 || background.length === 9;
}

/** Crops or pads to the target only after the pipeline's flips and rotation, although it is one operation here. */
function finishesAfterTurns({ fit = 'cover' }: OperationOptions['resize']): boolean {
  return fit === 'cover' || fit === 'contain';
}

function losesOrder(earlier: NamedOperation, later: NamedOperation): boolean {
  if (earlier.name === 'resize') {
    const { width, height, background, fit } = earlier.options;
    // With one side given nothing is left to crop, but a quarter turn would be cropped to that side.
    if (later.name === 'rotate') return finishesAfterTurns(earlier.options);
    if (later.name === 'flip' || later.name === 'flop') {
      return finishesAfterTurns(earlier.options) && width !== undefined && height !== undefined;
    }
    // The alpha that the padding adds is not premultiplied by the same pipeline's filters.
    return fit === 'contain' && isTransparent(background);
  }
  return earlier.name === 'rotate' && isTransparent(earlier.options.background);
}

function stageOf({ name }: NamedOperation, group: readonly NamedOperation[]): number {
  return name === 'extract' && group.some((earlier) => earlier.name === 'resize')
    ? stages.extractAfterResize
    : stages[name];
}

function mayJoin(group: readonly NamedOperation[], next: NamedOperation, lastStage: number): boolean {
  return stageOf(next, group) > lastStage && !group.some((earlier) => losesOrder(earlier, next));
}

/**
 * Cuts operations into the fewest runs that one sharp pipeline each applies in the order written, so that rendering
 * run after run equals rendering operation after operation.
 */
export function cutPipelines(operations: readonly NamedOperation[]): NamedOperation[][] {
  const groups: NamedOperation[][] = [];
  let lastStage = -1;
  for (const operation of operations) {
    const group = groups.at(-1);
    if (group !== undefined && mayJoin(group, operation, lastStage)) {
      lastStage = stageOf(operation, group);
      group.push(operation);
    } else {
      lastStage = stageOf(operation, []);
      groups.push([operation]);
    }
  }
  return groups;
}
