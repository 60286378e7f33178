/** What a worker's transfers under one maximum have done with their share lately. */
export interface WorkerUse {
  /** Those that had bytes to read. */
  transfers: number
  /** Bytes per second. */
  bytesPerSecond: number
  /** They waited for the share most of the time, so they could do with more; how much more is not known. */
  isHungry: boolean
}

/** What a worker gets beyond what it used, so that it can show that it wants more. */
const headroom = 1.1
/** The part of a fair share that even a worker gets that has used nothing: it may be about to begin. */
const leastOfFair = 1 / 32
/** The part of the time in which somebody has to wait for the share, for the worker to be hungry. */
const hungryAbove = 0.5

/**
 * Divides a maximum among workers; bytes per second, in their order. The sum is the maximum, as long as there is a transfer.
 *
 * Max-min fair, by the number of transfers: a worker that uses less than its fair share gets what it uses, and a little more; the rest
 * is for those that are hungry. What then nobody wants is spread over all, so that whoever wants it has it at once.
 */
export function divideRate(maximum: number, uses: readonly WorkerUse[]): number[] {
  const weight = sum(uses.map(({ transfers }) => transfers))
  const wanted = uses.map(({ transfers, bytesPerSecond, isHungry }) => {
    if (transfers === 0) return 0
    const fair = (maximum * transfers) / weight
    return isHungry ? Number.POSITIVE_INFINITY : Math.max(bytesPerSecond * headroom, fair * leastOfFair)
  })
  const shares = uses.map(() => 0)
  let open = uses.map((_, n) => n)
  let left = maximum
  while (open.length > 0) {
    const openWeight = sum(open.map((n) => uses[n]!.transfers))
    const fairOf = (n: number) => (openWeight === 0 ? 0 : (left * uses[n]!.transfers) / openWeight)
    const satisfied = open.filter((n) => wanted[n]! <= fairOf(n))
    if (satisfied.length === 0) {
      for (const n of open) shares[n] = fairOf(n)
      return shares
    }
    for (const n of satisfied) shares[n] = wanted[n]!
    left -= sum(satisfied.map((n) => wanted[n]!))
    open = open.filter((n) => !satisfied.includes(n))
  }
  return weight === 0 ? shares : shares.map((share, n) => share + (left * uses[n]!.transfers) / weight)
}

/** The use that a worker reports, and what it may read. */
export interface WorkerShare extends WorkerUse {
  /** Bytes per second. */
  share: number
}

/**
 * What the worker with `use` may read from now on. The others keep what they have until they report, and it gets no more than what is
 * left beside it: so all together never have more than the maximum, and come to the fair division when each has reported.
 */
export function nextShare(maximum: number, use: WorkerUse, others: readonly WorkerShare[]): number {
  const [fair] = divideRate(maximum, [use, ...others])
  return Math.max(0, Math.min(fair!, maximum - sum(others.map(({ share }) => share))))
}

/** `waitedMs` of `elapsedMs` somebody had to wait for the rate. */
export function isHungry({ waitedMs, elapsedMs }: { waitedMs: number; elapsedMs: number }): boolean {
  return waitedMs > elapsedMs * hungryAbove
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
