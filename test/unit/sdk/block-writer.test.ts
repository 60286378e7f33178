import { describe, expect, it } from 'vitest'
import { createBlockWriter } from '#sdk/files/block-writer.ts'
import { eventually } from '#support/assertions/eventually.ts'

const MiB = 1024 ** 2
/** A file that keeps what is written, until it may not. */
function file(maximum = Number.POSITIVE_INFINITY) {
  const blocks: Uint8Array[] = []
  const written = () => Buffer.concat(blocks)
  return {
    blocks,
    written,
    datasync: async () => {},
    async writeFile(block: unknown) {
      // The block is used again only when this is over.
      await new Promise(setImmediate)
      const bytes = Uint8Array.from(block as Uint8Array)
      if (written().length + bytes.length > maximum) throw new Error('full')
      blocks.push(bytes)
    },
  }
}
const chunk = (seed: number, bytes: number) => new Uint8Array(bytes).map((_, at) => (seed * 31 + at * 7) % 251)

describe('what is written in blocks', () => {
  it('is what was given, in order, in few writes', async () => {
    const target = file()
    const writer = createBlockWriter(target as never)
    const chunks = [700_000, 1, 900_000, 3 * MiB, 65_536, 0, 12].map((bytes, seed) => chunk(seed, bytes))
    for (const one of chunks) await writer.write(one)
    await writer.flush()
    expect(target.written().equals(Buffer.concat(chunks))).toBe(true)
    const lengths = target.blocks.map(({ length }) => length)
    expect(lengths.slice(0, -1)).toEqual(Array.from({ length: 9 }, () => MiB / 2))
    await writer.flush()
    expect(target.blocks).toHaveLength(10)
  })

  it('has no gap behind a write that failed', async () => {
    const target = file(MiB)
    const writer = createBlockWriter(target as never)
    const writing = async () => {
      for (let n = 0; n < 8; n++) await writer.write(chunk(n, 600_000))
    }
    await expect(writing()).rejects.toThrow('full')
    await expect(writer.flush()).rejects.toThrow('full')
    expect(target.written()).toHaveLength(MiB)
  })
})

/** A disk that has only `sync` calls to answer, by hand. */
function disk() {
  const syncs: PromiseWithResolvers<void>[] = []
  const state = { writtenBytes: 0, syncs }
  const handle = {
    async writeFile(block: unknown) {
      state.writtenBytes += (block as Uint8Array).length
    },
    datasync() {
      const sync = Promise.withResolvers<void>()
      syncs.push(sync)
      return sync.promise
    },
  }
  return { state, writer: createBlockWriter(handle as never) }
}
const eightMiB = new Uint8Array(8 * MiB)

describe('the disk', () => {
  it('begins every 32 MiB with what is written, one sync at a time', async () => {
    const { state, writer } = disk()
    for (let n = 0; n < 12; n++) await writer.write(eightMiB)
    expect(state.syncs).toHaveLength(1)
    state.syncs[0]!.resolve()
    await writer.write(eightMiB)
    expect(state.syncs).toHaveLength(2)
    const flushed = writer.flush()
    state.syncs[1]!.resolve()
    await flushed
    expect(state.writtenBytes).toBe(13 * 8 * MiB)
  })

  it('that is slow is waited for on the way', async () => {
    const { state, writer } = disk()
    const all = (async () => {
      for (let n = 0; n < 64; n++) await writer.write(eightMiB)
      await writer.flush()
    })()
    await eventually('nothing more is written', () => state.writtenBytes === (32 + 256) * MiB)
    await new Promise(setImmediate)
    expect(state.writtenBytes).toBe((32 + 256) * MiB)
    state.syncs[0]!.resolve()
    await eventually('the next sync', () => state.syncs.length === 2)
    state.syncs[1]!.resolve()
    await all
    expect(state.writtenBytes).toBe(512 * MiB)
  })

  it('is heard when it refuses what was written, though later it would not', async () => {
    const { state, writer } = disk()
    for (let n = 0; n < 5; n++) await writer.write(eightMiB)
    state.syncs[0]!.reject(new Error('EIO'))
    await expect(writer.flush()).rejects.toThrow('EIO')
    await expect(writer.write(eightMiB)).rejects.toThrow('EIO')
  })
})
