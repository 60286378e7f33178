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

/** A million bytes of JSON that are read and written: of what a request costs, the most is of this kind. */
const referenceText = JSON.stringify(Array.from({ length: 20_000 }, (_, n) => ({ n, name: `text ${n}`, list: [n] })))
/** What that costs on a core of the kind that budgets of CPU are written for. */
const referenceMs = 8

/** How much slower this core is than that, at this moment; at least 1. A slow or shared core is not charged to the request. */
export async function slowness(): Promise<number> {
  const tries: number[] = []
  for (let n = 0; n < 5; n++) tries.push(await threadCpuMs(async () => void JSON.stringify(JSON.parse(referenceText))))
  return Math.max(1, Math.min(...tries) / referenceMs)
}
