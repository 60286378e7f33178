/** Does something for each, so many at a time at most, until all are done or it is to stop. */
export async function inParallel<Item>(
  items: readonly Item[],
  atOnce: number,
  signal: AbortSignal,
  each: (item: Item) => Promise<void>,
): Promise<void> {
  let next = 0
  const run = async () => {
    while (next < items.length && !signal.aborted) await each(items[next++]!)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, run))
}
