import { bytesOfRead, changeRate, refill, spend, startBucket, waitMs } from './rules/token-bucket.ts'

/**
 * A maximum rate that downloads of this process keep to together: a token bucket. They get bytes in the order in which they ask,
 * so one that reads less leaves its share to the others.
 */
export interface SharedRate {
  readonly bytesPerSecond: number
  /** 0: nothing may be read until it is changed again. */
  change(bytesPerSecond: number): void
  /** The most that should be asked for at once. Bytes. */
  bytesOfRead(): number
  /** Calls `granted` when `bytes` may be read, perhaps at once. The result withdraws the request; of no effect after `granted`. */
  take(bytes: number, granted: () => void): () => void
  /** Gives back what was not read. Fewer than 0: more was read than had been granted. */
  give(bytes: number): void
  /**
   * What was read since the last measurement, and for how much of that time somebody had to wait for the rate. Null: that was less
   * than `leastMs` ago, and the measurement goes on.
   */
  measure(leastMs?: number): RateUse | null
}

export interface RateUse {
  bytes: number
  waitedMs: number
  elapsedMs: number
}

/** A timer counts with 32 bits; one that ends too early asks again. */
const longestMs = 60_000

interface Request {
  bytes: number
  granted: () => void
}

/** `nowMs`: a clock that does not go back. */
export function createSharedRate(bytesPerSecond: number, nowMs: () => number = () => performance.now()): SharedRate {
  let bucket = startBucket(bytesPerSecond, nowMs())
  const requests = new Set<Request>()
  let timer: NodeJS.Timeout | undefined
  let measuredAt = nowMs()
  let read = 0
  let waited = 0
  let waitsSince: number | null = null

  const noteWaiting = (now: number) => {
    if (waitsSince !== null) waited += now - waitsSince
    waitsSince = requests.size > 0 ? now : null
  }
  const pay = (bytes: number) => {
    bucket = spend(bucket, bytes)
    read += bytes
  }
  const serve = () => {
    const now = nowMs()
    bucket = refill(bucket, now)
    for (const request of requests) {
      if (bucket.bytes <= 0) break
      requests.delete(request)
      pay(request.bytes)
      request.granted()
    }
    noteWaiting(now)
    clearTimeout(timer)
    const ms = waitMs(bucket)
    timer =
      requests.size > 0 && Number.isFinite(ms) ? setTimeout(serve, Math.max(1, Math.min(ms, longestMs))) : undefined
  }
  return {
    get bytesPerSecond() {
      return bucket.bytesPerSecond
    },
    change(next) {
      bucket = changeRate(bucket, next, nowMs())
      serve()
    },
    bytesOfRead: () => bytesOfRead(refill(bucket, nowMs()), requests.size),
    take(bytes, granted) {
      const request = { bytes, granted }
      requests.add(request)
      if (requests.size === 1) serve()
      return () => {
        if (requests.delete(request)) serve()
      }
    },
    give(bytes) {
      pay(-bytes)
      if (requests.size > 0) serve()
    },
    measure(leastMs = 0) {
      const now = nowMs()
      if (now - measuredAt < leastMs) return null
      noteWaiting(now)
      const use = { bytes: Math.max(0, read), waitedMs: waited, elapsedMs: now - measuredAt }
      measuredAt = now
      read = Math.min(0, read)
      waited = 0
      return use
    },
  }
}
