import { gzipSync } from 'node:zlib'
import { expect, it, onTestFinished } from 'vitest'
import { noReconnect, testEngine, transfersOf } from '#support/builders/engine.ts'
import type { MemoryTransfers } from '#support/builders/memory-transfers.ts'
import { lines } from '#support/client/source.ts'
import { type HostileOrigin, startHostileOrigin } from '#support/origins/hostile-origin.ts'

const partSize = 1024
const sizes = { partBytes: () => partSize, smallBytes: partSize }
const text = Buffer.from(Array.from({ length: 2000 }, (_, n) => `line ${n * 7919}\n`).join(''))
const body = gzipSync(text)

it.each([
  ['never', 'decode', text],
  ['compare', 'decode', text],
  ['never', 'keep', body],
  ['compare', 'keep', body],
] as const)(
  'a coded body that breaks is fetched from its first byte again: %s, %s',
  async (resume, contentDecoding, stored) => {
    const origin: HostileOrigin = await startHostileOrigin(({ index }) => {
      const head = lines('HTTP/1.1 200 OK', `Content-Length: ${body.length}`, 'Content-Encoding: gzip', 'ETag: "v1"')
      const most = Math.floor(body.length * 0.7)
      return index > 0
        ? [{ send: head }, { send: body }]
        : [
            { send: head },
            { send: body.subarray(0, most) },
            { until: () => transfers.kept().parts.length > 0 },
            'reset',
          ]
    })
    onTestFinished(() => origin.close())
    const engine = await testEngine({ sizes, reconnect: noReconnect })
    const transfers: MemoryTransfers = transfersOf(origin.url(), { resumeWithoutValidator: resume, contentDecoding })
    expect((await engine.run(transfers)).error?.failure).toBe('networkConnectionLost')
    expect(transfers.kept().parts.length).toBeGreaterThan(0)
    const { stored: file } = await engine.run(transfers)
    expect((await engine.bytesOf(file!)).equals(stored)).toBe(true)
    expect(origin.requests.map(({ headers }) => headers.range)).toEqual([undefined, undefined])
    expect(file!.facts.response.contentEncoding ?? null).toBe(contentDecoding === 'keep' ? 'gzip' : null)
  },
)
