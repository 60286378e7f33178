/** Notices that nothing has come for a while. */
export interface IdleWatch {
  /** Counts bytes with this function from now on; also a sign of life. */
  watch(bytesReceived: () => number): void
  /** A sign of life that is no byte (a step of the dial). */
  reset(): void
  /** Stops the clock while it is us who do not read, and starts it again. */
  pause(): void
  resume(): void
  stop(): void
}

const ticksPerTimeout = 4

/**
 * Calls `onIdle` once when no byte has come for `idleTimeoutMs` (and at most a quarter longer). It counts quiet ticks
 * rather than comparing times, so that a process that was stopped for a minute (SIGSTOP) does not blame the origin.
 */
export function watchIdle(idleTimeoutMs: number, onIdle: () => void): IdleWatch {
  let bytesReceived = () => 0
  let seenBytes = 0
  let quietTicks = 0
  let paused = false
  const timer = setInterval(() => {
    const bytes = bytesReceived()
    quietTicks = paused || bytes !== seenBytes ? 0 : quietTicks + 1
    seenBytes = bytes
    if (quietTicks < ticksPerTimeout) return
    clearInterval(timer)
    onIdle()
  }, idleTimeoutMs / ticksPerTimeout)
  // The tick under way is shorter than a full one, so it must not count.
  const reset = () => {
    quietTicks = -1
  }
  return {
    watch(count) {
      bytesReceived = count
      seenBytes = count()
      reset()
    },
    reset,
    pause() {
      paused = true
    },
    resume() {
      paused = false
      reset()
    },
    stop: () => clearInterval(timer),
  }
}
