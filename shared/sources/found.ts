import type { S3Location } from '../core/manifest-sources.ts';
import type { Source } from '../core/source.ts';

/** A source as planning meets it: without a number, which its part gives it. */
export type FoundSource = Omit<Source, 'ordinal'>;

/** A source, and where reading goes on after it: known to its reader alone. */
export interface Found {
  readonly source: FoundSource;
  readonly after: string;
}

/** An object of a job as a source, or as a failed one where its name may be somebody else's. */
export type NamedObject = (
  location: S3Location,
  about: Pick<FoundSource, 'version' | 'claimed'> & { readonly size?: number | undefined },
) => FoundSource;
