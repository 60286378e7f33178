import { describe, expect, it } from 'vitest'
import { watchFirstBytes } from '#transfer/engine/first-bytes.ts'
import type { SourceResponse } from '#transfer/source/source.ts'

/** A body that comes in these pieces as soon as it is read, and then ends. */
function bodyOf(pieces: string[]) {
  const state = { released: 0 }
  const response: SourceResponse = {
    url: 'https://example.com/',
    status: 200,
    headers: {},
    transactions: [],
    isLengthVerified: true,
    async read(consumer) {
      for (const piece of pieces) {
        await Promise.resolve()
        consumer(Buffer.from(piece), () => state.released++)
      }
    },
    discard: () => {},
  }
  return { state, watched: watchFirstBytes(response) }
}

async function textOf(response: Pick<SourceResponse, 'read'>): Promise<string> {
  let text = ''
  await response.read((bytes, release) => {
    text += Buffer.from(bytes).toString()
    release()
  })
  return text
}

describe('the first bytes of a body', () => {
  it('are looked at as they pass', async () => {
    const { watched, state } = bodyOf(['<ht', 'ml>', '<form>'])
    expect(watched.sniffed()).toBeUndefined()
    expect(await textOf(watched)).toBe('<html><form>')
    expect(watched.sniffed()).toEqual({ kind: 'html', hasForm: true })
    expect(state.released).toBe(3)
  })

  it('of an empty body are none', async () => {
    const { watched } = bodyOf([])
    expect(await textOf(watched)).toBe('')
    expect(watched.sniffed()).toBeUndefined()
  })

  it('may tell nothing', async () => {
    const { watched } = bodyOf(['plain text'])
    await textOf(watched)
    expect(watched.sniffed()).toBeNull()
  })
})
