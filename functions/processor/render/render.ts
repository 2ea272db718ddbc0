import { join } from 'node:path';
import { addsAlpha } from '../../../shared/core/pipeline-order.ts';
import { predictMemoryBytes } from '../../../shared/core/predicted-memory.ts';
import { planRender } from '../../../shared/core/render-plan.ts';
import type { PicturePlan, RenderPlan } from '../../../shared/core/render-plan.ts';
import type { RenditionSpec } from '../../../shared/core/renditions.ts';
import type { RenderedFile, RenderInput, RenderOutcome, RenderRequest } from '../pool/protocol.ts';
import { applyFormat } from './apply-operation.ts';
import { explainFailure } from './explain-failure.ts';
import type { SharpModule } from './load-sharp.ts';
import { openSource, sniffFile } from './open-source.ts';
import { pictureOf, runPipelines, startPipeline } from './picture.ts';
import type { Deadline, Picture } from './picture.ts';

/** Resolves when an image that is predicted to need this much memory may be decoded. */
export type Admit = (predictedBytes: number) => Promise<void>;

interface Rendering {
  readonly sharp: SharpModule;
  readonly request: RenderRequest;
  readonly deadline: Deadline;
}

/** JPEG has no alpha: what shows through is white, as on a page, and not sharp's black. */
const jpegBackground = '#ffffff';

async function writeFile(
  { sharp, request, deadline }: Rendering,
  from: Picture,
  operations: PicturePlan['pipelines'][number],
  file: RenditionSpec,
): Promise<RenderedFile> {
  const { name, fileName, format } = file;
  const path = join(request.outputDir, fileName);
  const pipeline = startPipeline(sharp, from, operations, deadline);
  if (format === 'jpeg' && from.alpha) pipeline.flatten({ background: jpegBackground });
  const { width, height, size } = await applyFormat(pipeline, file).toFile(path);
  return { name, fileName, path, format, width, height, bytes: size };
}

/** A picture that becomes one file is encoded by its last pipeline; several share the finished pixels. */
async function renderPicture(rendering: Rendering, from: Picture, plan: PicturePlan): Promise<RenderedFile[]> {
  const { sharp, request, deadline } = rendering;
  const { pipelines, files } = plan;
  const wanted = files.filter(({ fileName }) => request.fileNames?.includes(fileName) ?? true);
  if (wanted.length === 0) return [];
  // sharp flattens before it resizes; a padding would come after that.
  const transparentJpeg =
    files.some(({ format }) => format === 'jpeg') && (from.alpha || pipelines.flat().some(addsAlpha));
  const encodesLast = files.length === 1 && !transparentJpeg;
  const before = encodesLast ? pipelines.slice(0, -1) : pipelines;
  const finished = encodesLast && before.length === 0 ? from : await runPipelines(sharp, from, before, deadline);
  const rendered: RenderedFile[] = [];
  for (const file of wanted) {
    // One at a time: the pool has a worker per vCPU, and pixels of one encoder at a time in memory.
    rendered.push(await writeFile(rendering, finished, encodesLast ? (pipelines.at(-1) ?? []) : [], file));
  }
  return rendered;
}

async function renderPlan(rendering: Rendering, source: Picture, plan: RenderPlan): Promise<RenderedFile[]> {
  const { sharp, deadline } = rendering;
  const base = plan.base === undefined ? source : await runPipelines(sharp, source, plan.base, deadline);
  const files: RenderedFile[] = [];
  for (const picture of plan.pictures) {
    files.push(...(await renderPicture(rendering, base, picture)));
  }
  return files;
}

/**
 * Renders one image. Never rejects: whatever goes wrong is a failed outcome with a code and one line for people.
 * @param admit asked once the header is read, before any pixel is decoded
 */
export async function render(sharp: SharpModule, request: RenderRequest, admit: Admit): Promise<RenderOutcome> {
  let format = 'image';
  let input: RenderInput | undefined;
  try {
    const sniffed = await sniffFile(request.inputPath);
    format = sniffed;
    const source = await openSource(sharp, request.inputPath, sniffed, request.recipe.input);
    input = source.input;
    const plan = planRender(request.recipe, source.format);
    await admit(predictMemoryBytes(plan, source.metadata, source.format));
    const deadline = { atMs: performance.now() + request.timeoutMs };
    const files = await renderPlan({ sharp, request, deadline }, pictureOf(source), plan);
    return { status: 'rendered', input, files };
  } catch (thrown) {
    const { code, message } = explainFailure(thrown, format);
    return { status: 'failed', error: { code, message }, ...(input === undefined ? {} : { input }) };
  }
}
