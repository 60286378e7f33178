/** The reading side that is watched. */
interface Watched {
  bytesReceived(): number
  isPaused(): boolean
}

/** Notices that no byte has come for a while, or hardly any for long. */
export interface IdleWatch {
  /** Counts these bytes from now on. Also counts as activity. */
  watch(watched: Watched): void
  /** Reports activity other than bytes, such as a step of the dial. */
  reset(): void
  stop(): void
}

/** An origin that sends less than `bytesPerSecond` over `windowMs` occupies a slot for nothing. */
export interface MinimumRate {
  bytesPerSecond: number
  windowMs: number
}
const defaultMinimumRate: MinimumRate = { bytesPerSecond: 64, windowMs: 120_000 }

const ticksPerTimeout = 4
const nothing: Watched = { bytesReceived: () => 0, isPaused: () => false }

/**
 * Calls `onIdle` once when no byte has come for `idleTimeoutMs` (and at most a quarter longer), or less than the
 * minimum rate asks for. Time in which we have paused reading does not count. It counts ticks without bytes rather than comparing
 * times, so that a process that was stopped for a minute (SIGSTOP) does not blame the origin.
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
  // The current tick is shorter than a full one, so it must not count.
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
