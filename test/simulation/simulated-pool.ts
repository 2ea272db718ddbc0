import { createHash } from 'node:crypto';
import type { Pool } from '../../functions/processor/pool/pool.ts';
import type { RenderedFile, RenderOutcome, RenderRequest } from '../../functions/processor/pool/protocol.ts';
import { expandRenditions, renditionFingerprint } from '../../shared/core/renditions.ts';
import { currentInvocation, type Invocation } from './invocation.ts';

/** The first word of a source decides what becomes of it. */
export const contentKinds = {
  /** Renders. */
  picture: 'picture',
  /** Truncated: decoding fails. */
  broken: 'broken',
  /** No image at all. */
  text: 'text',
  /** Takes its worker process along, each time. */
  crasher: 'crasher',
  /** Takes the whole environment along, each time. */
  killer: 'killer',
} as const;
export type ContentKind = keyof typeof contentKinds;

const input = { format: 'jpeg', width: 640, height: 480 };

function renditions(invocation: Invocation, request: RenderRequest, source: Buffer): RenderedFile[] {
  const { recipe, outputDir, fileNames } = request;
  return expandRenditions(recipe)
    .filter(({ fileName }) => fileNames?.includes(fileName) !== false)
    .map((spec): RenderedFile => {
      const { name, fileName, format } = spec;
      const hash = createHash('sha256').update(source).update(renditionFingerprint(recipe, spec)).digest();
      const path = `${outputDir}/${fileName}`;
      invocation.disk.writeFile(path, hash);
      return { name, fileName, path, format, width: 64, height: 48, bytes: hash.length };
    });
}

/** Stands for sharp: quick, and the same bytes for the same source and recipe. */
function render(invocation: Invocation, request: RenderRequest): RenderOutcome {
  const source = invocation.disk.readFile(request.inputPath);
  const [kind] = source.toString('latin1', 0, 16).split(' ');
  const failed = (code: 'CORRUPT_IMAGE' | 'UNSUPPORTED_FORMAT' | 'WORKER_CRASHED'): RenderOutcome => ({
    status: 'failed',
    error: { code, message: `the content says ${kind}` },
  });
  if (kind === contentKinds.broken) return failed('CORRUPT_IMAGE');
  if (kind === contentKinds.text) return failed('UNSUPPORTED_FORMAT');
  if (kind === contentKinds.crasher) return failed('WORKER_CRASHED');
  if (kind === contentKinds.killer) invocation.host.kill(invocation);
  return { status: 'rendered', input, files: renditions(invocation, request, source) };
}

/** A worker pool without processes. Rendering is a call like those to S3, so that anything can happen meanwhile. */
export const simulatedPool: Pool = {
  run(request, { signal, onStart } = {}) {
    const invocation = currentInvocation();
    onStart?.();
    const about = { action: 'render', resource: request.inputPath, access: 'compute' } as const;
    return invocation.call(about, () => render(invocation, request), signal);
  },
  workers: () => [],
  engine: () => ({ node: '24', sharp: '0', libvips: '0' }),
  idle: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
