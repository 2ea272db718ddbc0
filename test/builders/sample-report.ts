import type { Report } from '../../shared/core/report.ts';

/** A report of a large job with a few failures. */
export function sampleReport(overrides: Partial<Report> = {}): Report {
  return {
    v: 1,
    job: '5f2c9a4417d3b08e6a1c2d3e',
    state: 'partial',
    recipe: 'product',
    images: { total: 1_234_567, succeeded: 1_214_246, failed: 321, skipped: 20_000 },
    tolerateFailedPercent: 0.1,
    tolerated: true,
    bytes: { in: 4_812_000_000_000, out: 88_000_000_000 },
    timing: {
      createdAt: '2026-11-23T05:00:00.000Z',
      startedAt: '2026-11-23T05:00:04.000Z',
      finishedAt: '2026-11-23T07:05:00.000Z',
      durationMs: 7_500_000,
      computeMs: 92_000_000,
    },
    plan: { parts: 13, shards: 12_400 },
    failures: [
      { source: 'shoes/broken.jpg', code: 'CORRUPT_IMAGE', message: 'VipsJpeg: premature end of JPEG image' },
      {
        source: 'shoes/2019/a rather long folder name/and another one below it/IMG_0001 (final) (2).heic.jpg',
        code: 'UNSUPPORTED_FORMAT',
        message: 'the bytes are HEIC, which needs a licensed decoder; convert it to JPEG first',
      },
    ],
    engine: { fanlight: '0.1.0', node: '24.21.0', sharp: '0.35.5', libvips: '8.18.2' },
    ...overrides,
  };
}
