import type { Source } from '../../shared/core/source.ts';
import type { CostedOutcome, ImageWork } from './image-work.ts';
import { renderMember } from './render-member.ts';
import { renderObject } from './render-object.ts';
import { renderUrl } from './render-url.ts';

/**
 * Makes the renditions of one image that are not there yet.
 *
 * @throws FanlightError (permanent) when the source cannot be read or is refused; OwnOutput; Unavailable; anything else is
 *   unexpected
 */
export async function renderImage(work: ImageWork, source: Source): Promise<CostedOutcome> {
  if (source.url !== undefined) return renderUrl(work, source, source.url);
  return source.entry === undefined ? renderObject(work, source) : renderMember(work, source);
}
