/** Works on the items, so many at once, in their order. Waits for all that have begun before it throws the first error. */
export async function inPool<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  let broken = false
  const worker = async () => {
    for (const item of queue) {
      if (broken) return
      await work(item).catch((error: unknown) => {
        broken = true
        throw error
      })
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: width }, worker))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
