import type { NamedOperation, OperationOptions } from './operations.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

function resized({ width, height }: Size, options: OperationOptions['resize']): Size {
  const { fit = 'cover', withoutEnlargement, withoutReduction = false } = options;
  const factors = [options.width, options.height].map((target, side) =>
    target === undefined ? undefined : target / (side === 0 ? width : height),
  );
  const across = factors[0] ?? factors[1] ?? 1;
  const down = factors[1] ?? factors[0] ?? 1;
  const scale = fit === 'inside' ? Math.min(across, down) : fit === 'outside' ? Math.max(across, down) : undefined;
  const bounded = (factor: number) => {
    if (withoutEnlargement && factor > 1) return 1;
    return withoutReduction && factor < 1 ? 1 : factor;
  };
  return { width: width * bounded(scale ?? across), height: height * bounded(scale ?? down) };
}

function rotated({ width, height }: Size, angle: number): Size {
  const radians = (angle * Math.PI) / 180;
  const [sine, cosine] = [Math.abs(Math.sin(radians)), Math.abs(Math.cos(radians))];
  return { width: width * cosine + height * sine, height: width * sine + height * cosine };
}

/** The size after one operation, to a pixel or two: enough to predict memory, not to check an extract. */
export function sizeAfter(size: Size, operation: NamedOperation): Size {
  if (operation.name === 'resize') return resized(size, operation.options);
  if (operation.name === 'rotate') return rotated(size, operation.options.angle);
  if (operation.name !== 'extract') return size;
  return { width: operation.options.width, height: operation.options.height };
}

export function pixelsOf({ width, height }: Size): number {
  return Math.ceil(width) * Math.ceil(height);
}
