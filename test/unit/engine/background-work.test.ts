import { describe, expect, it } from 'vitest'
import { createBackgroundWork } from '#transfer/engine/background-work.ts'

const longMs = 60_000

describe('work beside a loop', () => {
  it('ends the wait when any of it ends', async () => {
    const work = createBackgroundWork()
    const first = Promise.withResolvers<void>()
    work.track(first.promise)
    work.track(new Promise(() => {}))
    expect(work.pending()).toBe(2)
    const waited = work.someEnd(longMs)
    first.resolve()
    await waited
    expect(work.pending()).toBe(1)
    expect(work.failed.aborted).toBe(false)
  })

  it('is waited for no longer than was said', async () => {
    const work = createBackgroundWork()
    work.track(new Promise(() => {}))
    await work.someEnd(1)
    expect(work.pending()).toBe(1)
  })

  it('tells its first error, and ends the wait with it', async () => {
    const work = createBackgroundWork()
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    work.track(first.promise)
    work.track(second.promise)
    const waited = work.someEnd(longMs)
    first.reject(new Error('the first'))
    await waited
    second.reject(new Error('the second'))
    await work.someEnd(longMs)
    expect(work.pending()).toBe(0)
    expect(() => work.failed.throwIfAborted()).toThrow('the first')
  })
})
