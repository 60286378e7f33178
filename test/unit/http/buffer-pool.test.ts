import { describe, expect, it } from 'vitest'
import { createBufferPool } from '#transfer/http/buffer-pool.ts'

const pool = () => createBufferPool({ bufferBytes: 100, smallBytes: 10, maxBytes: 250 })

describe('a pool of buffers', () => {
  it('gives connections large ones while there is room, and small ones beyond', () => {
    const { take } = pool()
    expect([take(), take(), take(), take()].map((buffer) => buffer.byteLength)).toEqual([100, 100, 10, 10])
  })

  it('lets nobody read ahead when all large ones are out', () => {
    const { take, tryTake } = pool()
    take()
    expect(tryTake()?.byteLength).toBe(100)
    expect(tryTake()).toBeNull()
  })

  it('uses what comes back again, and makes no more for it', () => {
    const { take, tryTake, give } = pool()
    const [first, , small] = [take(), take(), take()]
    give(small!)
    expect(tryTake()).toBeNull()
    give(first!)
    expect(tryTake()).toBe(first)
    expect(tryTake()).toBeNull()
  })
})
