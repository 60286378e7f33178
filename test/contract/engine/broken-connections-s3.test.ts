import { expect, it, onTestFinished } from 'vitest'
import { quickReconnect, testEngine, transfersOf } from '#support/builders/engine.ts'
import { lines } from '#support/client/source.ts'
import { startHostileOrigin } from '#support/origins/hostile-origin.ts'
import { s3Twin } from '#support/storage/object-stores.ts'

const MiB = 1024 * 1024
const partSize = 5 * MiB
const sizes = { partBytes: () => partSize, smallBytes: partSize }
const body = Buffer.alloc(12 * MiB)
for (let at = 0; at < body.length; at += 4) body.writeUInt32LE(at, at)

const twin = await s3Twin()

it.skipIf(!twin)(
  'the PUT of a part waits in S3 while the connection of its bytes breaks, and has one body',
  async () => {
    const origin = await startHostileOrigin(({ headers }) => {
      const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
      const range = from > 0 ? [`Content-Range: bytes ${from}-${body.length - 1}/${body.length}`] : []
      const fields = ['ETag: "v1"', 'Accept-Ranges: bytes', `Content-Length: ${body.length - from}`, ...range]
      return [
        { send: lines(`HTTP/1.1 ${from > 0 ? '206 Part' : '200 OK'}`, ...fields) },
        { send: body.subarray(from, from + 3 * MiB) },
        'end',
      ]
    })
    onTestFinished(() => origin.close())
    const s3 = twin!.open()
    onTestFinished(() => s3.close())
    const opened: number[] = []
    const engine = await testEngine({
      sizes,
      reconnect: quickReconnect,
      around: () => ({
        ...s3,
        openPart(upload, part, signal) {
          opened.push(part.number)
          return s3.openPart(upload, part, signal)
        },
      }),
    })
    const { stored, error } = await engine.run(transfersOf(origin.url()))
    expect(error).toBeNull()
    expect(opened).toEqual([1, 2, 3])
    // Nothing was fetched twice: each connection begins where the one before it broke.
    const from = origin.requests.map(({ headers }) => Number(/\d+/.exec(headers.range ?? '0')?.[0]))
    expect(from).toEqual([0, 3 * MiB, 6 * MiB, 9 * MiB])
    const chunks: Uint8Array[] = []
    for await (const chunk of s3.read(stored!.file.key, new AbortController().signal)) chunks.push(chunk)
    expect(Buffer.concat(chunks).equals(body)).toBe(true)
  },
)
