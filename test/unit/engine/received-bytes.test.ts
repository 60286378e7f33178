import { describe, expect, it } from 'vitest'
import { newProgress } from '#transfer/engine/download-state.ts'
import { countReceivedBytes } from '#transfer/engine/received-bytes.ts'

describe('the bytes that have come for parts', () => {
  it('are added to the progress, and taken from it with the parts that are lost', () => {
    const progress = { ...newProgress(), bytesReceived: 1_000 }
    const received = countReceivedBytes(progress, 4)
    received.add(0, 10)
    received.add(1, 20)
    received.add(1, 5)
    received.add(3, 40)
    expect(progress.bytesReceived).toBe(1_075)
    received.forget(1, 3)
    expect(progress.bytesReceived).toBe(1_050)
    received.forget(0, 4)
    received.forget(0, 4)
    expect(progress.bytesReceived).toBe(1_000)
    expect(received.arrived()).toBe(75)
  })
})
