/**
 * Works on items in order, at most `lanes` at once. Returns only when nothing is under way any more, also after an error:
 * then no further item is taken, and the first error is thrown.
 */
export async function inLanes<Item>(
  items: Iterable<Item>,
  lanes: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = Iterator.from(items);
  const errors: unknown[] = [];
  const lane = async () => {
    for (const item of iterator) {
      try {
        await work(item);
      } catch (error) {
        errors.push(error);
      }
      if (errors.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (errors.length > 0) throw errors[0];
}
