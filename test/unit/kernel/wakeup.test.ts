import { describe, expect, it } from 'vitest'
import { createWakeup } from '#core/kernel/wakeup.ts'

type Reason = 'work' | 'slots'
const longMs = 60_000

describe('a wake-up signal', () => {
  it('ends the wait, and says why', async () => {
    const wakeup = createWakeup<Reason>()
    const waiting = wakeup.wait(longMs)
    wakeup.notify('work')
    expect([...(await waiting)]).toEqual(['work'])
  })

  it('that is sent while no one waits is kept for the next wait, once', async () => {
    const wakeup = createWakeup<Reason>()
    wakeup.notify('work')
    wakeup.notify('slots')
    wakeup.notify('work')
    expect([...(await wakeup.wait(longMs))]).toEqual(['work', 'slots'])
    expect((await wakeup.wait(1)).size).toBe(0)
  })

  it('may come later, and calls meanwhile for the same reason cause one', async () => {
    const wakeup = createWakeup<Reason>()
    wakeup.notifyAfter('slots', 1)
    wakeup.notifyAfter('slots', longMs)
    expect([...(await wakeup.wait(longMs))]).toEqual(['slots'])
    wakeup.notifyAfter('slots', 1)
    expect([...(await wakeup.wait(longMs))]).toEqual(['slots'])
  })
})

describe('a wait', () => {
  it('that nothing ends is over after its limit, without a reason', async () => {
    expect((await createWakeup<Reason>().wait(1)).size).toBe(0)
  })

  it('ends when its signal is aborted, and does not begin when it is already', async () => {
    const wakeup = createWakeup<Reason>()
    const stopping = new AbortController()
    const waiting = wakeup.wait(longMs, stopping.signal)
    stopping.abort()
    expect((await waiting).size).toBe(0)
    expect((await wakeup.wait(longMs, stopping.signal)).size).toBe(0)
  })
})
