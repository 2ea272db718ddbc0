import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { renditionPlanner } from '../../functions/processor/planned-rendition.ts';
import { resolveDeployment } from '../../infra/deployment.ts';
import { CancellationSchema } from '../../shared/core/cancellation.ts';
import { DeploymentSchema } from '../../shared/core/deployment.ts';
import { ImageCompletedSchema, JobCompletedSchema } from '../../shared/core/events.ts';
import {
  ActiveMarkerSchema,
  jobIdOf,
  JobSchema,
  JobStatusSchema,
  PartDoneSchema,
  PartStatusSchema,
  SealSchema,
  UploadPointerSchema,
} from '../../shared/core/job.ts';
import { NoticeSchema } from '../../shared/core/notice.ts';
import { ResultLineSchema } from '../../shared/core/outcome.ts';
import { joinNotices } from '../../shared/core/part-status.ts';
import { parsePart, parsePartHeader, PartHeaderSchema, sealOf, serializePart } from '../../shared/core/plan.ts';
import { noticeOf, ReceiptSchema, serializeReceipt } from '../../shared/core/receipt.ts';
import { recipeHash } from '../../shared/core/recipe.ts';
import { formatRenditionTag, parseRenditionTag } from '../../shared/core/rendition-tag.ts';
import { ReportSchema } from '../../shared/core/report.ts';
import { ShardSchema } from '../../shared/core/shard.ts';
import { taggedSource } from '../../shared/core/tagged-source.ts';
import { ContinuationSchema, parseUploadsMessage } from '../../shared/core/upload-event.ts';
import { kinds, writtenDocuments, type Kind } from '../builders/written-documents.ts';
import { membersOf } from './shape.ts';

/**
 * What version 1 looks like: what lies in queues and buckets out there. `<kind>.json` holds all that a document of its kind might hold
 * when these were written. Files are never edited: an addition, which earlier readers refuse and new ones must not need, gets a file
 * `<kind>.<addition>.json` beside them, and any other change is another version.
 */
const folder = join(import.meta.dirname, 'v1');
const files = readdirSync(folder);
const text = (file: string): string => readFileSync(join(folder, file), 'utf8');
const golden = (kind: string): unknown => JSON.parse(text(`${kind}.json`));
const filesOf = (kind: string): string[] =>
  files.filter((file) => file.startsWith(`${kind}.`) && file.endsWith('.json'));

function knownMembers(kind: string): Set<string> {
  return new Set(filesOf(kind).flatMap((file) => [...membersOf(JSON.parse(text(file)))]));
}

function linesOf(jsonl: string): unknown[] {
  return jsonl
    .split('\n')
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line));
}

const TagSchema = z.record(z.string(), z.string()).transform((tag) => {
  const parsed = parseRenditionTag(tag);
  return parsed === undefined ? undefined : formatRenditionTag(parsed);
});

const readers: Record<Kind | 'deployment', z.ZodType> = {
  shard: ShardSchema,
  'receipt-notice': NoticeSchema,
  'check-notice': NoticeSchema,
  continuation: ContinuationSchema,
  receipt: ReceiptSchema,
  'plan-header': PartHeaderSchema,
  job: JobSchema,
  seal: SealSchema,
  cancel: CancellationSchema,
  'part-status': PartStatusSchema,
  'result-line': ResultLineSchema,
  done: PartDoneSchema,
  'job-status': JobStatusSchema,
  report: ReportSchema,
  'active-marker': ActiveMarkerSchema,
  'resent-marker': z.strictObject({ v: z.literal(1) }),
  'upload-pointer': UploadPointerSchema,
  'rendition-tag': TagSchema,
  'job-completed': JobCompletedSchema,
  'image-completed': ImageCompletedSchema,
  deployment: DeploymentSchema,
};

/** The bus wraps what is sent. */
function unwrapped(kind: Kind, document: unknown): unknown {
  return kind === 'job-completed' ? z.object({ detail: z.unknown() }).parse(document).detail : document;
}

describe('today reads what version 1 wrote', () => {
  test.each(Object.entries(readers))('%s', (kind, schema) => {
    expect(filesOf(kind)).toContain(`${kind}.json`);
    for (const file of filesOf(kind)) {
      const document: unknown = JSON.parse(text(file));
      // Reading may fill in what was not there, and loses nothing.
      expect({ file, document: schema.parse(document) }).toMatchObject({ file, document });
    }
  });

  test('there is no file that nobody reads', () => {
    const read = [...Object.keys(readers).flatMap(filesOf), 'plan.jsonl'];
    expect(files.toSorted()).toEqual(read.toSorted());
  });

  test('a plan part', () => {
    const part = text('plan.jsonl');
    expect(linesOf(serializePart(parsePart(part)))).toMatchObject(linesOf(part));
  });

  test('a continuation in the uploads queue', () => {
    const continuation = golden('continuation');
    expect(parseUploadsMessage(text('continuation.json'))).toEqual({ kind: 'continue', continuation });
  });
});

describe('today writes what version 1 reads', () => {
  test('the functions: no member that version 1 does not have', { timeout: 60_000 }, async () => {
    const written = await writtenDocuments();
    const unknown = Object.fromEntries(
      kinds.map((kind) => {
        const known = knownMembers(kind);
        const documents = (written.get(kind) ?? []).map((document) => unwrapped(kind, document));
        const found = new Set(documents.flatMap((document) => [...membersOf(document)]));
        return [kind, found.size === 0 ? ['nothing written'] : [...found].filter((member) => !known.has(member))];
      }),
    );
    expect(unknown).toEqual(Object.fromEntries(kinds.map((kind) => [kind, []])));
  });

  test('the construct: deployment.json', () => {
    const recipes = { product: JobSchema.parse(golden('job')).recipe };
    const route = {
      prefix: 'in/',
      suffix: '.jpg',
      recipe: 'product',
      accept: ['image'],
      output: { prefix: 'o/' },
    } as const;
    const budget = { imagesPerJob: 1, usdPerJob: 1 };
    const known = knownMembers('deployment');
    const found = [...membersOf(resolveDeployment({ recipes, routes: [route], budget, secondsPerShard: 10 }))];
    expect(found.filter((member) => !known.has(member))).toEqual([]);
  });

  test('the id of a job', () => {
    const { job, upload, recipe } = JobSchema.parse(golden('job'));
    expect(jobIdOf(upload, recipeHash(recipe))).toBe(job);
  });

  test('the tag of a rendition, whose keys decide what is rendered again', () => {
    const shard = ShardSchema.parse(golden('shard'));
    const [source] = shard.sources;
    const { bucket = '', key = '', version: { versionId: version = '', sequencer } = {} } = source ?? {};
    const planned = renditionPlanner(shard)(source?.name ?? '', version);
    const tag = parseRenditionTag(z.record(z.string(), z.string()).parse(golden('rendition-tag')));
    expect(tag?.renditions?.map(([fileName, idempotencyKey]) => [fileName, idempotencyKey])).toEqual(
      planned.map(({ fileName, idempotencyKey }) => [fileName, idempotencyKey]),
    );
    expect(tag?.source).toEqual(taggedSource({ bucket, key, version }, sequencer));
    const [outcome] = ReceiptSchema.parse(golden('receipt')).outcomes;
    expect(outcome?.renditions.map((rendition) => rendition.key)).toEqual(planned.map((rendition) => rendition.key));
  });

  test("a receipt's name and bytes", () => {
    const receipt = ReceiptSchema.parse(golden('receipt'));
    const { key, name, body } = serializeReceipt(receipt);
    expect(JSON.parse(body)).toEqual(golden('receipt'));
    expect(NoticeSchema.parse(golden('receipt-notice'))).toMatchObject({ receipt: name });
    expect(key).toBe(`_fanlight/jobs/${receipt.job}/parts/000000/receipts/${name}.json`);
  });

  test('a notice of a receipt, and the status of its part', () => {
    const { job = '', ...rest } = ReceiptSchema.parse(golden('receipt'));
    const receipt = { ...rest, job };
    const { partImages } = ShardSchema.parse(golden('shard'));
    const notice = noticeOf(receipt, serializeReceipt(receipt).name, partImages);
    expect(notice).toEqual(golden('receipt-notice'));
    expect(joinNotices(undefined, [notice])).toEqual(golden('part-status'));
  });

  test('the seal of a plan', () => {
    const { upload } = JobSchema.parse(golden('job'));
    expect(sealOf(upload, parsePartHeader(text('plan-header.json')))).toEqual(golden('seal'));
  });
});
