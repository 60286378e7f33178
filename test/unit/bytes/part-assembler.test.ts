import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryBudget } from '#transfer/bytes/memory-budget.ts'
import { type Chunk, inParts } from '#transfer/bytes/part-assembler.ts'

async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Chunk> {
  // A chunk is valid until it is released; then its buffer is overwritten.
  for (const bytes of chunks.map((chunk) => Uint8Array.from(chunk))) yield { bytes, release: () => bytes.fill(0) }
}

async function collect(chunks: readonly Uint8Array[], partBytes: (number: number) => number, first = 1) {
  const parts: { number: number; body: Uint8Array; last: boolean }[] = []
  for await (const { pieces, bytes, number, last } of inParts(streamOf(chunks), first, partBytes, memory)) {
    const body = Buffer.concat(pieces)
    expect(body.byteLength).toBe(bytes)
    parts.push({ number, body, last })
  }
  return parts
}

const memory = createMemoryBudget()
const chunk = (bytes: number): Chunk => ({ bytes: new Uint8Array(bytes), release() {} })
const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 30 })
const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 })

describe('cutting a stream into parts', () => {
  it('keeps every byte, in parts of exactly the planned sizes, only the last shorter', async () => {
    await fc.assert(
      fc.asyncProperty(chunks, sizes, fc.integer({ min: 1, max: 9000 }), async (given, cycle, first) => {
        const partBytes = (number: number) => cycle[number % cycle.length]!
        const parts = await collect(given, partBytes, first)
        const whole = Buffer.concat(given)
        expect(Buffer.concat(parts.map(({ body }) => body))).toEqual(whole)
        expect(parts.map(({ number }) => number)).toEqual(parts.map((_, index) => first + index))
        expect(parts.map(({ last }) => last)).toEqual(parts.map((_, index) => index === parts.length - 1))
        for (const { number, body, last } of parts) {
          if (last) expect(body.byteLength).toBeLessThanOrEqual(partBytes(number))
          else expect(body.byteLength).toBe(partBytes(number))
        }
        if (whole.byteLength > 0) expect(parts.at(-1)!.body.byteLength).toBeGreaterThan(0)
      }),
    )
  })

  it('makes one empty last part of an empty stream', async () => {
    for (const empty of [[], [new Uint8Array(0)], [new Uint8Array(0), new Uint8Array(0)]])
      expect(await collect(empty, () => 5)).toEqual([{ number: 1, body: Buffer.alloc(0), last: true }])
  })

  it('makes no empty part when the stream ends with a full one', async () => {
    const parts = await collect([Buffer.from('abcde'), Buffer.from('fghij')], () => 5)
    expect(parts.map(({ body, last }) => [body.toString(), last])).toEqual([
      ['abcde', false],
      ['fghij', true],
    ])
  })

  it('does not read on before a part has been taken', async () => {
    let read = 0
    const counted = async function* () {
      for (; read < 100; read++) yield chunk(10)
    }
    const parts = inParts(counted(), 1, () => 20, memory)
    await parts.next()
    expect(read).toBeLessThanOrEqual(2)
    await parts.return(undefined)
  })

  it('passes the failure of its source on and closes a source that is no longer wanted', async () => {
    let closed = 0
    const source = async function* (fails: boolean) {
      try {
        yield chunk(12)
        if (fails) throw new Error('reset')
        yield chunk(12)
      } finally {
        closed += 1
      }
    }
    const drain = async () => {
      for await (const { last } of inParts(source(true), 1, () => 5, memory)) expect(last).toBe(false)
    }
    await expect(drain()).rejects.toThrow('reset')
    for await (const _ of inParts(source(false), 1, () => 5, memory)) break
    expect(closed).toBe(2)
  })

  it('waits for memory, and goes on when another part has been given back', async () => {
    const KiB = 1024
    const tight = createMemoryBudget(0)
    const stream = async function* () {
      for (let n = 0; n < 3; n++) yield chunk(512 * KiB)
    }
    const open = () => inParts(stream(), 1, () => 512 * KiB, tight)
    const several = Array.from({ length: 5 }, open)
    const first = several.map((parts) => parts.next())
    // Four may go beyond the budget; the fifth has to wait.
    await Promise.all(first.slice(0, 4))
    let isThere = false
    const fifth = first[4]!.then(() => {
      isThere = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(isThere).toBe(false)
    await several[0]!.return(undefined)
    await fifth
    for (const parts of several) await parts.return(undefined)
  })
})
