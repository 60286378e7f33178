import { describe, expect, it } from 'vitest'
import { chunksOf } from '#transfer/bytes/body-chunks.ts'
import { openHeldWriting } from '#transfer/bytes/buffered-write.ts'
import { openWhen } from '#transfer/bytes/deferred-write.ts'
import { createMemoryBudget } from '#transfer/bytes/memory-budget.ts'
import { StorageUnavailable, type Writing } from '#transfer/storage/object-store.ts'

const signal = new AbortController().signal
const KiB = 1024

/** Storage as a list of what it was given; `fill` is when it has all of it. */
const listening = (bytes: number, fails: () => Error | null = () => null) => {
  const given: string[] = []
  let opened = 0
  let aborted = 0
  const open = (): Writing => {
    opened += 1
    let left = bytes
    let settle: { resolve(receipt: string): void; reject(error: Error): void }
    const stored = new Promise<string>((resolve, reject) => {
      settle = { resolve, reject }
    })
    stored.catch(() => {})
    return {
      write(chunk, release) {
        given.push(Buffer.from(chunk).toString())
        left -= chunk.byteLength
        release()
        const error = fails()
        if (error) settle.reject(error)
        else if (left === 0) settle.resolve(`receipt-${opened}`)
      },
      stored,
      abort() {
        aborted += 1
      },
    }
  }
  return { open, given, opened: () => opened, aborted: () => aborted }
}
/** Bytes that are written over when they are released, and how many are out. */
const lending = () => {
  let out = 0
  let twice = 0
  return {
    out: () => out,
    twice: () => twice,
    lend(text: string): [Uint8Array, () => void] {
      const bytes = Buffer.from(text)
      let isOut = true
      out += 1
      return [
        bytes,
        () => {
          if (!isOut) twice += 1
          isOut = false
          out -= 1
          bytes.fill('#')
        },
      ]
    },
  }
}
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error as Error,
  )

describe('a write that is opened later', () => {
  it('keeps what it is given, in its order, and hands it on', async () => {
    const storage = listening(9)
    const { lend, out } = lending()
    let begin = () => {}
    const writing = openWhen(new Promise<void>((resolve) => (begin = resolve)), storage.open)
    writing.write(...lend('one'))
    writing.write(...lend('two'))
    expect([storage.opened(), out()]).toEqual([0, 2])
    begin()
    await Promise.resolve()
    await Promise.resolve()
    writing.write(...lend('end'))
    expect(await writing.stored).toBe('receipt-1')
    expect([storage.given.join(' '), out()]).toEqual(['one two end', 0])
  })

  it.each(['before', 'after'])('gives everything back when it is aborted, %s it was opened', async (when) => {
    const storage = listening(9)
    const { lend, out, twice } = lending()
    let begin = () => {}
    const writing = openWhen(new Promise<void>((resolve) => (begin = resolve)), storage.open)
    writing.write(...lend('one'))
    if (when === 'after') begin()
    await Promise.resolve()
    await Promise.resolve()
    writing.abort()
    writing.abort()
    if (when === 'before') begin()
    writing.write(...lend('two'))
    if (when === 'before') expect((await failureOf(writing.stored))?.message).toBe('the write was given up')
    expect([out(), twice(), storage.aborted() > 0]).toEqual([0, 0, when === 'after'])
  })

  it('fails as what it waited for fails, and as opening fails, and gives everything back', async () => {
    const broken = () => Promise.reject(new Error('the one before'))
    const thrown = () => {
      throw new Error('not opened')
    }
    for (const [ready, open, message] of [
      [broken, listening(3).open, 'the one before'],
      [() => Promise.resolve(), thrown, 'not opened'],
    ] as const) {
      const { lend, out } = lending()
      const writing = openWhen(ready(), open)
      writing.write(...lend('one'))
      expect((await failureOf(writing.stored))?.message).toBe(message)
      writing.write(...lend('two'))
      expect(out()).toBe(0)
    }
  })
})

describe('a write that is held', () => {
  const roomy = createMemoryBudget()
  /** A budget without free memory, whose four overdrafts are in use. */
  const full = () => {
    const memory = createMemoryBudget(0)
    const before = Array.from({ length: 4 }, () => memory.open())
    for (const account of before) account.take(256 * KiB + 1, () => {})
    return {
      memory,
      empty() {
        for (const account of before) account.close()
      },
    }
  }

  it('is opened when all of it is there, and has released what it was given', async () => {
    const storage = listening(6)
    const { lend, out } = lending()
    const writing = openHeldWriting(storage.open, 6, roomy, signal)
    writing.write(...lend('one'))
    expect([storage.opened(), out()]).toEqual([0, 0])
    writing.write(...lend('two'))
    expect(await writing.stored).toBe('receipt-1')
    expect(storage.given).toEqual(['one', 'two'])
  })

  it('is written again when storage hiccups', async () => {
    let isBad = true
    const storage = listening(3, () => (isBad ? new StorageUnavailable('hiccup') : null))
    const writing = openHeldWriting(storage.open, 3, roomy, signal)
    writing.write(Buffer.from('one'), () => (isBad = true))
    setTimeout(() => (isBad = false), 50)
    expect(await writing.stored).toBe('receipt-2')
    expect(storage.given).toEqual(['one', 'one'])
  })

  it('loses nothing, and keeps the order, when several chunks wait for memory', async () => {
    const pieces = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(100 * KiB))
    const storage = listening(400 * KiB)
    const { lend, out } = lending()
    const { memory, empty } = full()
    const writing = openHeldWriting(storage.open, 400 * KiB, memory, signal)
    for (const piece of pieces) writing.write(...lend(piece))
    expect(out()).toBe(2)
    empty()
    await writing.stored
    expect(storage.given.join('')).toBe(pieces.join(''))
    expect(out()).toBe(0)
  })

  it('gives back what waits for memory when it is aborted, and the memory too', async () => {
    const { lend, out, twice } = lending()
    const { memory, empty } = full()
    const writing = openHeldWriting(listening(900 * KiB).open, 900 * KiB, memory, signal)
    for (let n = 0; n < 3; n++) writing.write(...lend('x'.repeat(200 * KiB)))
    expect(out()).toBe(2)
    writing.abort()
    expect((await failureOf(writing.stored))?.message).toBe('the write was given up')
    writing.write(...lend('late'))
    empty()
    expect([out(), twice()]).toEqual([0, 0])
  })

  it('counts for nothing when it has been aborted', async () => {
    const memory = createMemoryBudget(300 * KiB)
    const writing = openHeldWriting(listening(900 * KiB).open, 900 * KiB, memory, signal)
    for (let n = 0; n < 2; n++) writing.write(Buffer.alloc(200 * KiB), () => {})
    writing.abort()
    writing.write(Buffer.alloc(200 * KiB), () => {})
    await failureOf(writing.stored)
    let granted = 0
    for (let n = 0; n < 20; n++)
      memory.open().take(286 * KiB, () => {
        granted += 1
      })
    // Ten within the budget, and four beyond it.
    expect(granted).toBe(14)
  })
})

describe('a body as something to iterate', () => {
  const bodyOf = (chunks: string[], failure: Error | null = null) => {
    const lent = lending()
    let discarded = 0
    let finish = () => {}
    return {
      ...lent,
      discarded: () => discarded,
      response: {
        async read(consumer: (bytes: Uint8Array, release: () => void) => void) {
          for (const chunk of chunks) consumer(...lent.lend(chunk))
          if (failure) throw failure
          if (chunks.length > 3) await new Promise<void>((resolve) => (finish = resolve))
        },
        discard() {
          discarded += 1
          finish()
        },
      },
    }
  }

  it('gives every chunk, in order, and then how it ended', async () => {
    for (const failure of [null, new Error('reset')]) {
      const { response, out, discarded } = bodyOf(['one', 'two', 'three'], failure)
      const seen: string[] = []
      const work = (async () => {
        for await (const { bytes, release } of chunksOf(response)) {
          seen.push(Buffer.from(bytes).toString())
          release()
        }
      })()
      expect(await failureOf(work)).toBe(failure)
      expect([seen.join(' '), out(), discarded()]).toEqual(['one two three', 0, 0])
    }
  })

  it.each(['leaves', 'throws'])(
    'drops the connection and gives everything back, once, when the caller %s',
    async (how) => {
      for (const releasesFirst of [true, false]) {
        const { response, out, twice, discarded } = bodyOf(['one', 'two', 'three', 'four'])
        const work = (async () => {
          for await (const { release } of chunksOf(response)) {
            if (releasesFirst) release()
            if (how === 'throws') throw new Error('too much')
            break
          }
        })()
        expect((await failureOf(work))?.message).toBe(how === 'throws' ? 'too much' : undefined)
        expect([out(), twice(), discarded()]).toEqual([0, 0, 1])
      }
    },
  )
})
