import type { NamedOperation, OperationOptions } from './operations.ts';

/**
 * Where sharp's pipeline applies each operation, whatever the order of the calls (sharp's src/pipeline.cc). Two have a
 * second place: a rotation that comes first, before an extract or a resize, and an extract after a resize.
 */
const stages = {
  rotateFirst: -1,
  extract: 0,
  greyscale: 1,
  resize: 2,
  flip: 3,
  flop: 4,
  rotate: 5,
  extractAfterResize: 6,
  blur: 7,
  sharpen: 8,
} as const satisfies Record<NamedOperation['name'] | 'rotateFirst' | 'extractAfterResize', number>;

function isTransparent(background: OperationOptions['rotate']['background']): boolean {
  if (background === undefined) return false;
  if (typeof background === 'object') return (background.alpha ?? 1) < 1;
  return background === 'transparent' || background.length === 5 || background.length === 9;
}

/** True when the operation can leave transparent pixels in an opaque image. */
export function addsAlpha(operation: NamedOperation): boolean {
  if (operation.name === 'rotate') return isTransparent(operation.options.background);
  return (
    operation.name === 'resize' && operation.options.fit === 'contain' && isTransparent(operation.options.background)
  );
}

/** Crops or pads to the target only after the pipeline's flips and rotation, although it is one operation here. */
function finishesAfterTurns({ fit = 'cover' }: Pick<OperationOptions['resize'], 'fit'>): boolean {
  return fit === 'cover' || fit === 'contain';
}

/** By itself it interpolates straight colours; beside a resize or a filter, premultiplied ones. */
function isFree({ angle }: OperationOptions['rotate']): boolean {
  return angle % 90 !== 0;
}

function resizeLosesOrder(options: OperationOptions['resize'], later: NamedOperation): boolean {
  const { width, height } = options;
  if (later.name === 'rotate') return finishesAfterTurns(options) || isFree(later.options);
  const turned = later.name === 'flip' || later.name === 'flop';
  // With one side given there is nothing to crop or pad.
  return turned && finishesAfterTurns(options) && width !== undefined && height !== undefined;
}

function rotateLosesOrder(options: OperationOptions['rotate'], later: NamedOperation): boolean {
  if (['flip', 'flop', 'rotate', 'greyscale'].includes(later.name)) return true;
  return isFree(options) && (later.name === 'blur' || later.name === 'sharpen');
}

function losesOrder(earlier: NamedOperation, later: NamedOperation): boolean {
  // An alpha that comes in on the way is not premultiplied by the filters of the same pipeline.
  if (addsAlpha(earlier)) return true;
  if (earlier.name === 'resize') return resizeLosesOrder(earlier.options, later);
  if (earlier.name === 'rotate') return rotateLosesOrder(earlier.options, later);
  // The mild blur hands on fractions, which only the end of a pipeline rounds.
  return earlier.name === 'blur' && earlier.options === true;
}

function stageOf({ name }: NamedOperation, group: readonly NamedOperation[]): number {
  if (name === 'rotate' && group.length === 0) return stages.rotateFirst;
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
  let lastStage: number = stages.rotateFirst;
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
