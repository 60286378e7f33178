import { describe, expect, it } from 'vitest'
import { createBlockWriter } from '#sdk/files/block-writer.ts'

const MiB = 1024 ** 2
/** A file that keeps what is written, until it may not. */
function file(maximum = Number.POSITIVE_INFINITY) {
  const blocks: Uint8Array[] = []
  const written = () => Buffer.concat(blocks)
  return {
    blocks,
    written,
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
    expect(target.blocks.map(({ length }) => length)).toEqual([MiB, MiB, MiB, MiB, expect.any(Number)])
    await writer.flush()
    expect(target.blocks).toHaveLength(5)
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
