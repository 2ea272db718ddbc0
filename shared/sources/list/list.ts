import { FanlightError } from '../../core/errors.ts';
import type { S3Location } from '../../core/manifest-sources.ts';
import type { NamedItem } from './listed-item.ts';
import type { ListCursor } from './list-cursor.ts';

/** What is to be known of a list besides its bytes. */
export interface List {
  /** Its file's name, by which lines are called that cannot be read. */
  readonly name: string;
  /** A CSV's column by its header, or a property of each line's object. */
  readonly column?: string | undefined;
  /** Put in front of what is neither a URI nor a URL, as it is. */
  readonly base: S3Location;
}

/** What the line says, from 1, and where the next one begins. */
export interface ReadLine {
  readonly line: number;
  readonly item: NamedItem;
  readonly next: ListCursor;
}

/** What is no list, or cannot be read as one; whoever reads it says which one it is. */
export function unreadable(message: string): FanlightError {
  return new FanlightError('INVALID_MANIFEST', message);
}

export function missingColumn({ column }: List, columns: readonly string[]): FanlightError {
  const wanted = column === undefined ? '"key" or "url"' : JSON.stringify(column);
  return unreadable(`there is no column ${wanted} (there are ${namesOf(columns)})`);
}

/** Names of columns for a message, the first twenty of them. */
export function namesOf(columns: readonly string[]): string {
  const shown = columns.slice(0, 20).map((column) => JSON.stringify(column.slice(0, 64)));
  return shown.length === columns.length ? shown.join(', ') : `${shown.join(', ')} and more`;
}
