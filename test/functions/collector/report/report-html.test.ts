import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { reportHtml } from '../../../../functions/collector/report/report-html.ts';
import type { Report } from '../../../../shared/core/report.ts';
import { sampleReport } from '../../../builders/sample-report.ts';

const count = (text: string, part: string): number => text.split(part).length - 1;

test('invariant 7: no value adds markup, whatever sources are called and errors say', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      "' onmouseover='x",
      '&lt;b&gt;',
      '</style>',
    ),
  );
  const calm = reportHtml(withText('calm'));
  fc.assert(
    fc.property(hostile, (text) => {
      const page = reportHtml(withText(text));
      for (const character of ['<', '>', '"']) expect(count(page, character)).toBe(count(calm, character));
    }),
  );
});

function withText(text: string): Report {
  const report = sampleReport();
  return {
    ...report,
    recipe: text,
    error: { code: 'INTERNAL', message: text },
    failures: [{ source: text, code: 'CORRUPT_IMAGE', message: text }],
  };
}

test('shows state, counts, failures with their meaning, recipe and engine', () => {
  const page = reportHtml(sampleReport());
  for (const text of [
    'class="state is-partial">partial<',
    '<b>1,234,567</b>',
    'shoes/broken.jpg',
    'CORRUPT_IMAGE',
    'the image is truncated or its data cannot be decoded',
    'product',
    '0.35.5',
    'The first 2 of 321',
    'within the declared tolerance of 0.1 %',
    '2 h 5 min',
  ])
    expect(page).toContain(text);
});

test('needs nothing from outside', () => {
  const page = reportHtml(sampleReport());
  expect(page).not.toMatch(/https?:|<script|<link|<img|@import|url\(/);
});

test('a refused upload and an empty job have a page too', () => {
  const empty = sampleReport({
    state: 'failed',
    error: { code: 'INVALID_MANIFEST', message: 'sources is missing' },
    recipe: null,
    images: { total: 0, succeeded: 0, failed: 0, skipped: 0 },
    failures: [],
    engine: null,
  });
  const page = reportHtml(empty);
  expect(page).toContain('sources is missing');
  expect(page).toContain('the manifest is not valid');
  expect(page).not.toMatch(/NaN|Infinity|undefined|null/);
});
