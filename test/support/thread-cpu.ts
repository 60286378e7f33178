/**
 * Milliseconds of CPU that this thread spends until `work` is done, all its turns together. Unlike wall time it is the same
 * beside a busy neighbour, and other threads (compilation, collection of garbage) do not count.
 */
export async function threadCpuMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.threadCpuUsage()
  await work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

/** Milliseconds of CPU of the longest single turn of this thread's event loop until `work` is done: for so long nobody else is served. */
export async function longestTurnMs(work: () => Promise<unknown>): Promise<number> {
  let longest = 0
  let before = process.threadCpuUsage()
  let goesOn = true
  const turn = () => {
    const { user, system } = process.threadCpuUsage(before)
    longest = Math.max(longest, (user + system) / 1000)
    before = process.threadCpuUsage()
    if (goesOn) setImmediate(turn)
  }
  setImmediate(turn)
  await work()
  goesOn = false
  turn()
  return longest
}
