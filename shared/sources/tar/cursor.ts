/** Where a walk over a tar goes on: all that earlier headers say about later members. */
export interface TarCursor {
  /** Of the next header, from the tar's start; a multiple of 512. */
  readonly offset: number;
  /** Members and directories before it. */
  readonly entries: number;
  /** Offset of the global pax header that is in force, if it says anything that matters. */
  readonly globalsAt: number | undefined;
}

export const tarStart: TarCursor = { offset: 0, entries: 0, globalsAt: undefined };

/** As a plan stores it: `<offset>.<entries>` or `<offset>.<entries>.<offset of the globals>`. */
export function formatTarCursor({ offset, entries, globalsAt }: TarCursor): string {
  return [offset, entries, ...(globalsAt === undefined ? [] : [globalsAt])].join('.');
}

/** @throws Error when it is not what `formatTarCursor` makes */
export function parseTarCursor(text: string): TarCursor {
  const [, offset, entries, globalsAt] = /^(\d+)\.(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (offset === undefined || entries === undefined) throw new Error(`no cursor of a tar: '${text}'`);
  return {
    offset: Number(offset),
    entries: Number(entries),
    globalsAt: globalsAt === undefined ? undefined : Number(globalsAt),
  };
}
