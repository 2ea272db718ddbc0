/**
 * Maps items in order of the result with at most `limit` of them under way, each taken only when there is room for it. After a rejection no further item is begun, and
 * the promise rejects only when those under way have settled: nothing goes on behind the caller's back.
 */
export async function mapConcurrently<Item, Result>(
  items: Iterable<Item>,
  limit: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const errors: unknown[] = [];
  const iterator = Iterator.from(items);
  let taken = 0;
  const lane = async (): Promise<void> => {
    for (const item of iterator) {
      const index = taken++;
      try {
        results[index] = await work(item, index);
      } catch (error) {
        errors.push(error);
      }
      if (errors.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: limit }, lane));
  if (errors.length > 0) throw errors[0];
  return results;
}
