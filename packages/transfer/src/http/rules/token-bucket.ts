/** Bytes that may be read, as they accrue with time. Fewer than none: so many were read too early, and have to be waited for. */
export interface TokenBucket {
  bytesPerSecond: number
  bytes: number
  /** Milliseconds, of any clock that does not go back. */
  atMs: number
}

/** What accrues while nobody reads, in seconds of the rate: gusts of an origin and a busy process lose nothing up to there. */
const burstSeconds = 0.5
/** A read brings so many seconds of the rate, so that bytes come evenly. */
const readSeconds = 0.05
/** Fewer bytes than this in a read are not worth a call of the system, unless the rate itself is lower. */
const worthReading = 4096
const leastRead = 256
const mostRead = 256 * 1024

/** It begins empty, so that beginning again and again brings nothing. */
export function startBucket(bytesPerSecond: number, nowMs: number): TokenBucket {
  return { bytesPerSecond, bytes: 0, atMs: nowMs }
}

export function refill({ bytesPerSecond, bytes, atMs }: TokenBucket, nowMs: number): TokenBucket {
  const elapsedMs = Math.max(0, nowMs - atMs)
  const accrued = Math.min(bytes + (bytesPerSecond * elapsedMs) / 1000, bytesPerSecond * burstSeconds)
  // More than a burst was given back, or left by a higher rate: that is not taken away.
  return { bytesPerSecond, bytes: Math.max(bytes, accrued), atMs: Math.max(atMs, nowMs) }
}

/** Takes bytes out, whether they are there or not; fewer than 0 are given back. */
export function spend(bucket: TokenBucket, bytes: number): TokenBucket {
  return { ...bucket, bytes: bucket.bytes - bytes }
}

/**
 * The same bucket at another rate. What was read too early was read at the old rate: at a lower one it is waited for no longer than
 * before.
 */
export function changeRate(before: TokenBucket, bytesPerSecond: number, nowMs: number): TokenBucket {
  const { bytes, atMs, bytesPerSecond: old } = refill(before, nowMs)
  const factor = old > 0 && bytesPerSecond > 0 ? Math.min(1, bytesPerSecond / old) : 1
  return { bytesPerSecond, bytes: bytes < 0 ? bytes * factor : Math.min(bytes, bytesPerSecond * burstSeconds), atMs }
}

/** Until there are bytes again. Milliseconds; infinite at a rate of 0. */
export function waitMs({ bytesPerSecond, bytes }: TokenBucket): number {
  return bytes > 0 ? 0 : (1000 * (1 - bytes)) / bytesPerSecond
}

/**
 * The most that one read should bring while `waiting` others share the rate. Bytes. When nobody waits, that is all that has accrued: a
 * busy process comes round more seldom.
 */
export function bytesOfRead({ bytesPerSecond, bytes }: TokenBucket, waiting: number): number {
  const even = bytesPerSecond * readSeconds
  const least = Math.min(worthReading, Math.max(leastRead, even))
  const fair = waiting === 0 ? Math.max(even, bytes) : even / waiting
  return Math.floor(Math.min(mostRead, Math.max(least, fair)))
}
