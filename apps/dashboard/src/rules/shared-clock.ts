/** One timer for all who look at the time: it runs while somebody listens. */
export function createSharedClock(readMs: () => number, everyMs: number) {
  const listeners = new Set<() => void>()
  let now = readMs()
  let timer: ReturnType<typeof setInterval> | undefined
  const tick = () => {
    now = readMs()
    for (const listener of listeners) listener()
  }
  return {
    listen(listener: () => void): () => void {
      listeners.add(listener)
      timer ??= setInterval(tick, everyMs)
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        clearInterval(timer)
        timer = undefined
      }
    },
    /** The same for everybody until the next tick. `stepMs`: the same for so long. */
    nowMs(stepMs = 1): number {
      const read = readMs()
      // Nobody listened for a while, or the service's clock has become known.
      if (Math.abs(read - now) >= everyMs * 2) now = read
      return now - (now % stepMs)
    },
  }
}
