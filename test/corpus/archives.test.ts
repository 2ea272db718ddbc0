import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SubmittedManifest } from '../../shared/client/job-client.ts';
import { ErrorCodeSchema } from '../../shared/core/errors.ts';
import type { ResultLine } from '../../shared/core/outcome.ts';
import { openPipeline, type PipelineStack } from '../builders/pipeline-stack.ts';
import { expectedArchives, type ExpectedArchive } from './expected-archives.ts';

// FANLIGHT_CORPUS=../shared/corpus npm test -- test/corpus
// Archives of other projects, which are not in this repository; the tests of them are defined where there is a folder of them.
const { FANLIGHT_CORPUS: corpus } = process.env;
const folders = corpus === undefined ? [] : [join(corpus, 'archives')];

/** What a job comes to by its members, when the archive could be read to its end. */
function stateOf({ error, members }: ExpectedArchive): string {
  const failed = members.filter(([, outcome]) => outcome.startsWith('failed ')).length;
  if (error !== undefined) return 'failed';
  if (failed === 0) return 'succeeded';
  return failed === members.length ? 'failed' : 'partial';
}

describe('the table', () => {
  test('names no archive twice', () => {
    const paths = expectedArchives.map(([path]) => path);
    expect(new Set(paths).size).toBe(paths.length);
  });

  test('has the codes that there are', () => {
    const outcomes = expectedArchives.flatMap(([, { members }]) => members.map(([, outcome]) => outcome));
    const failures = outcomes.flatMap((outcome) => (outcome.startsWith('failed ') ? [outcome.slice(7)] : []));
    const codes = [...failures, ...expectedArchives.flatMap(([, { error }]) => error ?? [])];
    expect(codes.filter((code) => !ErrorCodeSchema.safeParse(code).success)).toEqual([]);
  });

  test('has states that follow from the outcomes', () => {
    const states = expectedArchives.map(([path, { state }]) => [path, state]);
    expect(states).toEqual(expectedArchives.map(([path, expected]) => [path, stateOf(expected)]));
  });

  test('has a collision for each name that an earlier member has', () => {
    const later = expectedArchives.flatMap(([, { members }]) => {
      const names = new Set<string>();
      return members.filter(([name]) => names.size === names.add(name).size);
    });
    expect(later).toEqual([['dup.jpg', 'failed KEY_COLLISION']]);
  });
});

function outcomeOf({ source, status, reason, error }: ResultLine): [name: string, outcome: string] {
  return [source, [status, reason ?? error?.code ?? []].flat().join(' ')];
}

describe.each(folders)('the archives of %s', (folder) => {
  let pipeline: PipelineStack;
  beforeAll(async () => {
    pipeline = await openPipeline();
  });
  afterAll(async () => {
    await pipeline.close();
  });

  /** Puts an archive where it becomes a job of its own. */
  async function start(key: string, body: Buffer, { by }: ExpectedArchive): Promise<SubmittedManifest> {
    await pipeline.put(key, body);
    if (by === undefined) return pipeline.uploaded(key);
    const sources = [{ archive: `s3://${pipeline.uploadsBucket}/${key}` }];
    return pipeline.jobs.submit(`jobs/${key}.fanlight.json`, { sources });
  }

  test('are those that the table names', () => {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = files.map((file) => relative(folder, join(file.parentPath, file.name)));
    expect(paths.toSorted()).toEqual(expectedArchives.map(([path]) => path).toSorted());
  });

  // A function that dies or outlasts its time is tried again after a minute, which is longer than a test may take.
  test.for(expectedArchives)('%s', async ([path, expected], { signal }) => {
    const index = expectedArchives.findIndex(([other]) => other === path);
    const key = `drops/corpus/${index}${extname(path)}`;
    const submitted = await start(key, readFileSync(join(folder, path)), expected);
    const job = await pipeline.jobs.waitForJob(submitted, { signal });
    const report = await pipeline.jobs.waitForReport(job, { signal });
    const lines = await pipeline.results(job, report);
    const { state, error, members } = expected;
    expect({ state: report.state, error: report.error?.code, lines: lines.map(outcomeOf) }).toEqual({
      state,
      error,
      lines: members.map(([name, outcome]) => [`${key}#${name}`, outcome]),
    });
  });
});
