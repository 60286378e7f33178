import { describe, expect, it, onTestFinished } from 'vitest'
import { transfersOf } from '#support/builders/engine.ts'
import { lines, source } from '#support/client/source.ts'
import { startHostileOrigin } from '#support/origins/hostile-origin.ts'
import { createRangeAsker } from '#transfer/engine/ask-for-range.ts'

describe('a CDN that answers 200 whenever there is an If-Range', () => {
  it('is asked without one from then on, also by those who asked at the same time', async () => {
    const origin = await startHostileOrigin(({ headers }) => {
      const about = ['ETag: "v1"', 'Accept-Ranges: bytes']
      if (headers['if-range'] !== undefined)
        return [
          { waitMs: 50 },
          { send: lines('HTTP/1.1 200 OK', ...about, 'Content-Length: 100') },
          { send: 'x'.repeat(100) },
        ]
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range!)!
      const range = `Content-Range: bytes ${first}-${last}/100`
      return [
        { send: lines('HTTP/1.1 206 Part', ...about, range, `Content-Length: ${Number(last) - Number(first) + 1}`) },
        { send: 'x'.repeat(10) },
      ]
    })
    onTestFinished(() => origin.close())
    const { request } = transfersOf(origin.url()).begin()
    const asker = createRangeAsker(source, request, new AbortController().signal)
    const ask = async (from: number) => {
      const asked = { from, last: from + 9, total: 100, validator: '"v1"' }
      const { meaning: rangeResponse, response } = await asker.askForRange(asked)
      response.discard()
      return rangeResponse
    }
    const range = { kind: 'range', total: 100 }
    expect(await Promise.all([ask(10), ask(20)])).toEqual([range, range])
    expect(await ask(30)).toEqual(range)
    expect(origin.requests.filter(({ headers }) => headers['if-range'] !== undefined)).toHaveLength(2)
    expect(origin.requests).toHaveLength(5)
  })
})
