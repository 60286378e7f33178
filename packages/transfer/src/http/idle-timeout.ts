/** What is watched: how much has come so far, and whether it is us who do not read. */
export interface Watched {
  bytesReceived(): number
  isPaused(): boolean
}

/** Notices that nothing has come for a while, or next to nothing for long. */
export interface IdleWatch {
  /** Counts these bytes from now on; also a sign of life. */
  watch(watched: Watched): void
  /** A sign of life that is no byte (a step of the dial). */
  reset(): void
  stop(): void
}

/** An origin that sends less than this, over so long, occupies a slot for nothing. */
export interface MinimumRate {
  bytesPerSecond: number
  windowMs: number
}
export const defaultMinimumRate: MinimumRate = { bytesPerSecond: 64, windowMs: 120_000 }

const ticksPerTimeout = 4
const nothing: Watched = { bytesReceived: () => 0, isPaused: () => false }

/**
 * Calls `onIdle` once when no byte has come for `idleTimeoutMs` (and at most a quarter longer), or less than the
 * minimum rate asks for. While it is us who do not read, no time passes. It counts quiet ticks
 * rather than comparing times, so that a process that was stopped for a minute (SIGSTOP) does not blame the origin.
 */
export function watchIdle(
  idleTimeoutMs: number,
  onIdle: () => void,
  { bytesPerSecond, windowMs }: MinimumRate = defaultMinimumRate,
): IdleWatch {
  let watched = nothing
  let seenBytes = 0
  let quietTicks = 0
  let windowTicks = 0
  let windowBytes = 0
  const tickMs = idleTimeoutMs / ticksPerTimeout
  const ticksPerWindow = Math.ceil(windowMs / tickMs)
  const leastInWindow = (bytesPerSecond * ticksPerWindow * tickMs) / 1000
  const timer = setInterval(() => {
    if (watched.isPaused()) {
      reset()
      return
    }
    const bytes = watched.bytesReceived()
    quietTicks = bytes !== seenBytes ? 0 : quietTicks + 1
    windowTicks += 1
    windowBytes += bytes - seenBytes
    seenBytes = bytes
    const isWindowOver = windowTicks >= ticksPerWindow
    const isSlow = isWindowOver && windowBytes < leastInWindow
    if (isWindowOver) {
      windowTicks = 0
      windowBytes = 0
    }
    if (quietTicks < ticksPerTimeout && !isSlow) return
    clearInterval(timer)
    onIdle()
  }, tickMs)
  // The tick under way is shorter than a full one, so it must not count.
  const reset = () => {
    quietTicks = -1
    windowTicks = -1
    windowBytes = 0
    seenBytes = watched.bytesReceived()
  }
  return {
    watch(next) {
      watched = next
      reset()
    },
    reset,
    stop: () => clearInterval(timer),
  }
}
