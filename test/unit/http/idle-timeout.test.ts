import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { type MinimumRate, watchIdle } from '#transfer/http/idle-timeout.ts'

const idleTimeoutMs = 40
const watching = (minimumRate?: MinimumRate) => {
  const state = { bytes: 0, isPaused: false, idle: 0 }
  const watch = watchIdle(
    idleTimeoutMs,
    () => {
      state.idle += 1
    },
    minimumRate,
  )
  onTestFinished(watch.stop)
  watch.watch({ bytesReceived: () => state.bytes, isPaused: () => state.isPaused })
  return { state, watch }
}
/** Until so many idle timeouts have passed, while something is done all the time. */
const during = async (timeouts: number, act: () => void) => {
  const timer = setInterval(act, idleTimeoutMs / 8)
  const startedAt = performance.now()
  await eventually('they have passed', () => performance.now() - startedAt > timeouts * idleTimeoutMs, { everyMs: 5 })
  clearInterval(timer)
}

describe('the watch for silence', () => {
  it('calls once when nothing comes', async () => {
    const { state } = watching()
    await eventually('it has called', () => state.idle > 0, { everyMs: 5 })
    await during(5, () => {})
    expect(state.idle).toBe(1)
  })

  it('is put off by every byte and every sign of life, and by our own rest', async () => {
    for (const act of ['byte', 'sign', 'rest'] as const) {
      const { state, watch } = watching()
      if (act === 'rest') state.isPaused = true
      await during(8, () => {
        if (act === 'byte') state.bytes += 1
        if (act === 'sign') watch.reset()
      })
      expect(state.idle).toBe(0)
      state.isPaused = false
      await eventually('it calls in the end', () => state.idle === 1, { everyMs: 5 })
    }
  })

  it('calls for less than the minimum rate, however steady, and not for more', async () => {
    const rate = { bytesPerSecond: 1000, windowMs: 200 }
    const slow = watching(rate)
    await eventually('it has called', () => {
      slow.state.bytes += 1
      return slow.state.idle === 1
    })
    const fast = watching(rate)
    await during(20, () => {
      fast.state.bytes += 1000
    })
    expect(fast.state.idle).toBe(0)
  })

  it('does not count the time in which we rest into the minimum rate', async () => {
    const { state } = watching({ bytesPerSecond: 1000, windowMs: 100 })
    state.isPaused = true
    await during(8, () => {
      state.bytes += 1
    })
    expect(state.idle).toBe(0)
  })

  it('does not call when it has been stopped', async () => {
    const { state, watch } = watching()
    watch.stop()
    await during(4, () => {})
    expect(state.idle).toBe(0)
  })
})
