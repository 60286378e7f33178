import type { SharedRate } from './shared-rate.ts'

/** How fast the connections of one download may read. It may change while they read. */
export interface Pace {
  isLimited(): boolean
  /** The most that should be asked for at once. Bytes. */
  bytesOfRead(): number
  /** As `SharedRate.take`: granted when every rate has granted it. */
  take(bytes: number, granted: () => void): () => void
  /** As `SharedRate.give`. */
  give(bytes: number): void
  /** The smallest of its rates; infinite when it is not limited. */
  bytesPerSecond(): number
  /** A connection waits at this moment. */
  isWaiting(): boolean
  /** For how long connections have had to wait, all in all. Milliseconds; those of several connections at once count once. */
  waitedMs(): number
}

/** A pace that its owner changes. */
export interface LimitedPace extends Pace {
  /** From now on it keeps to all of these rates, the most general one last; none: it is not limited. */
  limitTo(rates: readonly SharedRate[]): void
}

interface Request {
  bytes: number
  granted: () => void
  /** The rates that it goes by, of which the first `passed` have granted it. */
  rates: readonly SharedRate[]
  passed: number
  withdraw(): void
}

/** `nowMs`: a clock that does not go back. */
export function createPace(
  initial: readonly SharedRate[] = [],
  nowMs: () => number = () => performance.now(),
): LimitedPace {
  let rates = initial
  const requests = new Set<Request>()
  let waited = 0
  let waitsSince = 0

  /** Asks one rate after the other, so that what waits for a narrow one takes nothing of a wide one. */
  const proceed = (request: Request) => {
    const rate = request.rates[request.passed]
    if (rate === undefined) {
      requests.delete(request)
      if (requests.size === 0) waited += nowMs() - waitsSince
      return request.granted()
    }
    let isGranted = false
    const withdraw = rate.take(request.bytes, () => {
      isGranted = true
      request.passed += 1
      proceed(request)
    })
    if (!isGranted) request.withdraw = withdraw
  }
  const giveBack = ({ bytes, rates, passed, withdraw }: Request) => {
    withdraw()
    for (const rate of rates.slice(0, passed)) rate.give(bytes)
  }
  return {
    isLimited: () => rates.length > 0,
    bytesOfRead: () => Math.min(...rates.map((rate) => rate.bytesOfRead())),
    take(bytes, granted) {
      const request: Request = { bytes, granted, rates, passed: 0, withdraw: () => {} }
      if (requests.size === 0) waitsSince = nowMs()
      requests.add(request)
      proceed(request)
      return () => {
        if (!requests.delete(request)) return
        if (requests.size === 0) waited += nowMs() - waitsSince
        giveBack(request)
      }
    },
    give(bytes) {
      for (const rate of rates) rate.give(bytes)
    },
    bytesPerSecond: () => Math.min(...rates.map((rate) => rate.bytesPerSecond)),
    isWaiting: () => requests.size > 0,
    waitedMs: () => waited + (requests.size > 0 ? nowMs() - waitsSince : 0),
    limitTo(next) {
      if (next.length === rates.length && next.every((rate, n) => rate === rates[n])) return
      rates = next
      for (const request of [...requests]) {
        // Giving back what another one had may have granted it.
        if (!requests.has(request)) continue
        giveBack(request)
        Object.assign(request, { rates, passed: 0, withdraw: () => {} })
        proceed(request)
      }
    },
  }
}
