import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BufferPool, createBufferPool } from '#transfer/http/buffer-pool.ts'
import { createReceiveBuffers, type ReceivedChunk } from '#transfer/http/receive-buffers.ts'

const bufferBytes = 64

/** Each buffer of the pool must be returned exactly once. */
function countedPool(large: number) {
  const pool = createBufferPool({ bufferBytes, smallBytes: 16, maxBytes: large * bufferBytes })
  const out = new Set<Buffer>()
  const taken = <T extends Buffer | null>(buffer: T): T => {
    if (buffer === null) return buffer
    expect(out.has(buffer)).toBe(false)
    out.add(buffer)
    return buffer
  }
  const buffers: BufferPool = {
    take: () => taken(pool.take()),
    tryTake: () => taken(pool.tryTake()),
    give(buffer) {
      expect(out.delete(buffer)).toBe(true)
      pool.give(buffer)
    },
  }
  return { buffers, out: () => out.size }
}

describe.each([false, true])('the buffers of a connection (TLS: %s)', (isSecure) => {
  it('lose, mix and overwrite nothing, stay few, and come back, whatever the reader does', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('read', 'read', 'read', 'release', 'pause', 'resume'), fc.nat()), {
      maxLength: 200,
    })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8 }), steps, (large, taken) => {
        const pool = countedPool(large)
        const buffers = createReceiveBuffers(pool.buffers, isSecure)
        const held: { delivery: ReceivedChunk; text: string }[] = []
        const landed: string[] = []
        const delivered: string[] = []
        let isPaused = false
        /** Of records that TLS has read from the wire before it rested. */
        let records = 0
        const hand = (delivery: ReceivedChunk) => {
          const text = delivery.bytes.toString('latin1')
          delivered.push(text)
          held.push({ delivery, text })
        }
        const settle = () => {
          while (buffers.mayDeliverOverflow()) hand(buffers.takeOverflow())
          const resting = buffers.isPaused()
          const order = buffers.settle()
          if (order !== null) expect(order).toBe(resting ? 'resume' : 'pause')
        }
        const read = (luck: number) => {
          if (buffers.isPaused() && (!isSecure || records === 0)) return
          if (buffers.isPaused()) records -= 1
          else records = 3
          const target = buffers.readBuffer()
          const text = `${landed.length}`.padStart(4, '0').repeat(1 + (luck % 4))
          target.write(text, 'latin1')
          landed.push(text)
          const delivery = buffers.onChunk(text.length)
          if (!delivery) return expect(buffers.isPaused()).toBe(true)
          hand(delivery)
          buffers.readsOn()
        }
        const release = (luck: number) => {
          const [one] = held.splice(luck % Math.max(1, held.length), 1)
          if (!one) return
          buffers.onRelease(one.delivery.buffer)
          settle()
        }
        for (const [what, luck] of taken) {
          if (what === 'read') read(luck)
          else if (what === 'release') release(luck)
          else {
            isPaused = what === 'pause'
            buffers[isPaused ? 'pause' : 'resume']()
            settle()
          }
          // What the reader has does not change under it.
          for (const { delivery, text } of held) expect(delivery.bytes.toString('latin1')).toBe(text)
          expect(pool.out()).toBeLessThanOrEqual(4)
          if (isPaused) expect(buffers.isPaused()).toBe(true)
          else if (held.length === 0) expect(buffers.isPaused() || buffers.hasOverflow()).toBe(false)
        }
        isPaused = false
        buffers.resume()
        settle()
        while (held.length > 0) release(0)
        expect(delivered).toEqual(landed)
        expect(buffers.isPaused()).toBe(false)
        read(0)
        buffers.close()
        buffers.close()
        while (held.length > 0) release(0)
        expect(pool.out()).toBe(0)
      }),
      { numRuns: 500 },
    )
  })

  it('are exchanged while the pool has some, so that reading goes on while the reader is slow', () => {
    const buffers = createReceiveBuffers(countedPool(8).buffers, isSecure)
    const first = buffers.readBuffer()
    const delivery = buffers.onChunk(10)!
    expect(delivery.buffer).toBe(first)
    expect(buffers.readsOn()).toBe(true)
    expect(buffers.readBuffer()).not.toBe(first)
    buffers.onRelease(delivery.buffer)
    buffers.onChunk(10)
    // Not another one of the pool: the one that came back.
    expect(buffers.readBuffer()).toBe(first)
  })
})

describe('a connection that gets no second buffer', () => {
  it('hands over the one it has and rests until it is back, without TLS', () => {
    const buffers = createReceiveBuffers(countedPool(0).buffers, false)
    const { buffer } = buffers.onChunk(10)!
    expect(buffer).toBe(buffers.readBuffer())
    expect(buffers.readsOn()).toBe(false)
    buffers.onRelease(buffer)
    expect(buffers.settle()).toBe('resume')
  })

  it('hands over copies with TLS, and keeps what comes while it rests', () => {
    const buffers = createReceiveBuffers(countedPool(0).buffers, true)
    const copies = [1, 2, 3].map(() => {
      const { buffer } = buffers.onChunk(10)!
      return { buffer, goesOn: buffers.readsOn() }
    })
    expect(copies.map(({ buffer }) => buffer)).toEqual([null, null, null])
    expect(copies.map(({ goesOn }) => goesOn)).toEqual([true, true, false])
    expect(buffers.onChunk(10)).toBeNull()
    expect([buffers.hasOverflow(), buffers.mayDeliverOverflow()]).toEqual([true, true])
    buffers.pause()
    expect(buffers.mayDeliverOverflow()).toBe(false)
  })
})
