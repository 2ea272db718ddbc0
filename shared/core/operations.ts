import type { BlurOptions, Region, ResizeOptions, RotateOptions, SharpenOptions } from 'sharp';
import { z } from 'zod';

/** Pixels along one side: what WebP can hold, so that every rendition can be written in every format. */
export const maxDimension = 16_383;

/** One schema for every option of sharp's, so that an option new in sharp does not compile until it is decided on. */
export type ShapeOf<Options> = { [Key in keyof Required<Options>]: z.ZodType<Options[Key]> };

const colourExpected = 'expected a colour: "#rgb", "#rrggbb", "#rrggbbaa", {r, g, b, alpha} or a basic name';

/** Hexadecimal, or one of the names that need no table: sharp would refuse a wrong colour only when it renders. */
const ColourSchema = z.union(
  [
    z
      .string()
      .regex(/^(?:#(?:[\da-f]{3,4}|[\da-f]{6}|[\da-f]{8})|transparent|black|white|gray|grey|red|green|blue|yellow)$/i, {
        error: colourExpected,
      }),
    z.strictObject({
      r: z.int().min(0).max(255),
      g: z.int().min(0).max(255),
      b: z.int().min(0).max(255),
      alpha: z.exactOptional(z.number().min(0).max(1)),
    }),
  ],
  { error: colourExpected },
);

const DimensionSchema = z.int().min(1).max(maxDimension);

const positions = [
  ...([
    'centre',
    'center',
    'north',
    'northeast',
    'east',
    'southeast',
    'south',
    'southwest',
    'west',
    'northwest',
  ] as const),
  ...(['top', 'right top', 'right', 'right bottom', 'bottom', 'left bottom', 'left', 'left top'] as const),
  ...(['entropy', 'attention'] as const),
];

const resizeShape = {
  width: z.exactOptional(DimensionSchema),
  height: z.exactOptional(DimensionSchema),
  fit: z.exactOptional(z.enum(['cover', 'contain', 'fill', 'inside', 'outside'])),
  position: z.exactOptional(z.enum(positions)),
  background: z.exactOptional(ColourSchema),
  kernel: z.exactOptional(
    z.enum(['nearest', 'linear', 'cubic', 'mitchell', 'lanczos2', 'lanczos3', 'mks2013', 'mks2021']),
  ),
  /** Unlike sharp's: nothing is enlarged unless asked for (design 4.2). */
  withoutEnlargement: z.boolean().default(true),
  withoutReduction: z.exactOptional(z.boolean()),
  fastShrinkOnLoad: z.exactOptional(z.boolean()),
} satisfies ShapeOf<ResizeOptions>;

/** sharp's resize options; the side lengths may still come from the rendition's `widths`. */
export const ResizeOptionsSchema = z.strictObject(resizeShape) satisfies z.ZodType<ResizeOptions>;

const extractShape = {
  left: z.int().min(0).max(1_000_000),
  top: z.int().min(0).max(1_000_000),
  width: z.int().min(1).max(1_000_000),
  height: z.int().min(1).max(1_000_000),
} satisfies ShapeOf<Region>;

const rotateShape = {
  /** Degrees, clockwise. */
  angle: z.number().min(-360).max(360),
  background: z.exactOptional(ColourSchema),
} satisfies ShapeOf<RotateOptions & { angle: number }>;

const blurShape = {
  sigma: z.number().min(0.3).max(1000),
  minAmplitude: z.exactOptional(z.number().min(0.001).max(1)),
  precision: z.exactOptional(z.enum(['integer', 'float', 'approximate'])),
} satisfies ShapeOf<BlurOptions>;

const SharpenFactorSchema = z.exactOptional(z.number().min(0).max(1_000_000));

const sharpenShape = {
  sigma: z.number().min(0.000001).max(10),
  m1: SharpenFactorSchema,
  m2: SharpenFactorSchema,
  x1: SharpenFactorSchema,
  y2: SharpenFactorSchema,
  y3: SharpenFactorSchema,
} satisfies ShapeOf<SharpenOptions>;

/** Every operation a recipe may name: the key is sharp's method, the value its options. */
export const operationOptions = {
  resize: ResizeOptionsSchema.refine(({ width, height }) => width !== undefined || height !== undefined, {
    error: 'needs a width, a height or both',
  }),
  extract: z.strictObject(extractShape) satisfies z.ZodType<Region>,
  rotate: z.strictObject(rotateShape),
  flip: z.literal(true),
  flop: z.literal(true),
  blur: z.union([z.literal(true), z.strictObject(blurShape)], {
    error: 'expected true or an object with sigma',
  }) satisfies z.ZodType<true | BlurOptions>,
  sharpen: z.union([z.literal(true), z.strictObject(sharpenShape)], {
    error: 'expected true or an object with sigma',
  }) satisfies z.ZodType<true | SharpenOptions>,
  greyscale: z.literal(true),
} as const;

export type OperationName = keyof typeof operationOptions;
/** What each operation's options look like after parsing. */
export type OperationOptions = { [Name in OperationName]: z.infer<(typeof operationOptions)[Name]> };
/** An operation with its name beside its options, for code that branches on it. */
export type NamedOperation<Name extends OperationName = OperationName> = {
  [Each in Name]: { readonly name: Each; readonly options: OperationOptions[Each] };
}[Name];

const operationShape = {
  resize: z.exactOptional(operationOptions.resize),
  extract: z.exactOptional(operationOptions.extract),
  rotate: z.exactOptional(operationOptions.rotate),
  flip: z.exactOptional(operationOptions.flip),
  flop: z.exactOptional(operationOptions.flop),
  blur: z.exactOptional(operationOptions.blur),
  sharpen: z.exactOptional(operationOptions.sharpen),
  greyscale: z.exactOptional(operationOptions.greyscale),
} satisfies Record<OperationName, z.ZodType>;

/** One operation as it is written: an object with exactly one key. */
export const OperationSchema = z
  .strictObject(operationShape)
  .refine((operation) => Object.keys(operation).length === 1, {
    error: 'an operation is an object with exactly one key, such as {"blur": {"sigma": 2}}',
  })
  .meta({ minProperties: 1, maxProperties: 1 });

export type Operation = z.infer<typeof OperationSchema>;

/** The one operation that a parsed operation object holds. */
export function namedOperation(operation: Operation): NamedOperation {
  const { resize, extract, rotate, flip, flop, blur, sharpen, greyscale } = operation;
  if (resize !== undefined) return { name: 'resize', options: resize };
  if (extract !== undefined) return { name: 'extract', options: extract };
  if (rotate !== undefined) return { name: 'rotate', options: rotate };
  if (flip !== undefined) return { name: 'flip', options: flip };
  if (flop !== undefined) return { name: 'flop', options: flop };
  if (blur !== undefined) return { name: 'blur', options: blur };
  if (sharpen !== undefined) return { name: 'sharpen', options: sharpen };
  if (greyscale !== undefined) return { name: 'greyscale', options: greyscale };
  throw new TypeError('an operation without a name was not parsed');
}
