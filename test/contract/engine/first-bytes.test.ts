import { expect, it, onTestFinished } from 'vitest'
import { noReconnect, testEngine, transfersOf } from '#support/builders/engine.ts'
import { lines } from '#support/client/source.ts'
import { type Scenario, startHostileOrigin } from '#support/origins/hostile-origin.ts'
import type { RawRequest } from '#support/origins/raw-origin.ts'

const partSize = 1024
const sizes = { partBytes: () => partSize, smallBytes: 4 * partSize }
const page = Buffer.from(`<!DOCTYPE html><form>${'x'.repeat(20_000)}`)

/** Sends the page, or the rest of it; the first response breaks off in the middle. */
const breaking = ({ headers, index }: RawRequest): Scenario => {
  const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
  const length = page.length - from
  const range = from > 0 ? [`Content-Range: bytes ${from}-${page.length - 1}/${page.length}`] : []
  const head = lines(
    `HTTP/1.1 ${from > 0 ? 206 : 200} OK`,
    ...['Content-Type: text/html', 'ETag: "v1"', 'Accept-Ranges: bytes', `Content-Length: ${length}`, ...range],
  )
  const rest = page.subarray(from)
  return index > 0 ? [{ send: head }, { send: rest }] : [{ send: head }, { send: rest.subarray(0, 9_000) }, 'reset']
}

it.each([
  ['in ranges', sizes],
  ['in order', { ...sizes, smallBytes: 100_000 }],
])('a file that comes %s is known by its first bytes, also when it was resumed', async (_, sizes) => {
  const origin = await startHostileOrigin(breaking)
  onTestFinished(() => origin.close())
  const engine = await testEngine({ sizes, reconnect: noReconnect })
  const transfers = transfersOf(origin.url('/a.zip'))
  expect((await engine.run(transfers)).error?.failure).toBe('networkConnectionLost')
  const kept = transfers.kept().parts.length
  expect(kept).toBeGreaterThan(0)
  const { stored } = await engine.run(transfers)
  expect(origin.requests[1]!.headers.range).toMatch(new RegExp(`^bytes=${kept * partSize}-`))
  expect(stored!.facts.response.sniffed).toEqual({ kind: 'html', hasForm: true })
  expect((await engine.bytesOf(stored!)).equals(page)).toBe(true)
})
