import type { ManifestDocument } from '../shared/client/job-client.ts';
import type { Recipe } from '../shared/core/recipe.ts';
import type { InputFile } from './input-walk.ts';

/** What a command uploads and submits. */
export interface JobRequest {
  /** Unique among the runs into one stack. */
  readonly id: string;
  readonly files: readonly InputFile[];
  readonly hidden: number;
  /** Undefined when only the plan will tell: archives, lists, and what lies in S3. */
  readonly images: number | undefined;
  /** @param sources where the files are, such as `s3://uploads/runs/1/` */
  readonly manifest: (sources: string) => ManifestDocument;
}

/** What is asked of a job beside its sources. */
export interface JobWish {
  /** A built-in recipe's name or a file, as given; undefined for the manifest's, or the default. */
  readonly recipe: string | undefined;
  readonly force: boolean;
  readonly tolerateFailedPercent?: number | undefined;
  /** US dollars. */
  readonly budgetUsd?: number | undefined;
}

/** What a manifest says, unless the command line says something else. */
export interface Overrides {
  readonly recipe: string | Recipe | undefined;
  readonly force: boolean;
  readonly budgetUsd: number | undefined;
}
