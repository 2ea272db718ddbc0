import type { Job } from '../../shared/core/job.ts';
import type { ShardTemplate } from '../../shared/core/pack-shards.ts';
import { smallRecipe } from './protocol.ts';

/** What the shards of a part have in common. */
export function templateOf(overrides: Partial<ShardTemplate> = {}): ShardTemplate & { job: string } {
  return {
    v: 1,
    route: 'in/',
    part: 0,
    recipe: smallRecipe,
    output: { prefix: 'out/' },
    fresh: true,
    force: false,
    hop: 0,
    transient: 0,
    ...overrides,
    job: 'job',
  };
}

export function jobOf(overrides: Partial<Job> = {}): Job {
  return {
    v: 1,
    job: 'job',
    upload: { bucket: 'uploads', key: 'drops/a.fanlight.json', etag: 'abc', sequencer: '0A' },
    route: 'drops/',
    recipe: smallRecipe,
    sources: [],
    output: { prefix: '' },
    fresh: true,
    force: false,
    tolerateFailedPercent: 0,
    createdAt: '2026-11-23T05:00:00.000Z',
    ...overrides,
  };
}
