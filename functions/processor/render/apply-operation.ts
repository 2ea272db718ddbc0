import type { Sharp } from 'sharp';
import type { FormatChoice, FormatOptions, OutputFormat } from '../../../shared/core/formats.ts';
import type { NamedOperation, OperationName, OperationOptions } from '../../../shared/core/operations.ts';

const operations: { [Name in OperationName]: (pipeline: Sharp, options: OperationOptions[Name]) => Sharp } = {
  resize: (pipeline, options) => pipeline.resize(options),
  extract: (pipeline, options) => pipeline.extract(options),
  rotate: (pipeline, { angle, background }) => pipeline.rotate(angle, { background }),
  flip: (pipeline) => pipeline.flip(),
  flop: (pipeline) => pipeline.flop(),
  blur: (pipeline, options) => pipeline.blur(options),
  sharpen: (pipeline, options) => (options === true ? pipeline.sharpen() : pipeline.sharpen(options)),
  greyscale: (pipeline) => pipeline.greyscale(),
};

const encoders: { [Format in OutputFormat]: (pipeline: Sharp, options: FormatOptions[Format]) => Sharp } = {
  jpeg: (pipeline, options) => pipeline.jpeg(options),
  png: (pipeline, options) => pipeline.png(options),
  webp: (pipeline, options) => pipeline.webp(options),
  avif: (pipeline, options) => pipeline.avif(options),
};

/** Calls sharp's method of that name with its options. */
export function applyOperation<Name extends OperationName>(pipeline: Sharp, operation: NamedOperation<Name>): Sharp {
  return operations[operation.name](pipeline, operation.options);
}

/** Sets the encoder and its options. */
export function applyFormat<Format extends OutputFormat>(pipeline: Sharp, choice: FormatChoice<Format>): Sharp {
  return encoders[choice.format](pipeline, choice.formatOptions);
}
