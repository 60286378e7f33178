import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DemoFile } from './demo-files.ts'

export interface DemoOrigin {
  /** The URL at which a client requests the file. */
  urlOf(name: string): string
  /** What the origin serves under that name; null when it has no such file. */
  contentOf(name: string): Buffer | null
  close(): Promise<void>
}

interface Served {
  file: DemoFile
  content: Buffer
  etag: string
  pace: (bytes: number) => Promise<void>
  /** Bytes until the connection is cut, once. */
  cutIn: number
  /** The number of requests that are refused. */
  refusals: number
}

const chunkBytes = 64 * 1024
/** As often an attempt asks again behind a connection that broke. */
const refusalsAfterCut = 4

/** A web server on loopback with random files, strong ETags, ranges, and the files' difficulties. */
export async function startOrigin(files: readonly DemoFile[]): Promise<DemoOrigin> {
  const served = new Map(files.flatMap((file) => (file.bytes === null ? [] : [[file.name, serve(file, file.bytes)]])))
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://origin')
    const one = served.get(pathname.split('/').at(-1) ?? '')
    if (!one) response.writeHead(404).end('there is no such file')
    else if (pathname.startsWith('/old/')) response.writeHead(302, { location: `/${one.file.name}` }).end()
    else void send(one, request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    urlOf: (name) => `http://127.0.0.1:${port}${served.get(name)?.file.moved ? '/old' : ''}/${name}`,
    contentOf: (name) => served.get(name)?.content ?? null,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function serve(file: DemoFile, bytes: number): Served {
  const content = randomBytes(bytes)
  const etag = `"${createHash('sha256').update(content).digest('hex').slice(0, 16)}"`
  return {
    file,
    content,
    etag,
    pace: createPace(file.bytesPerSecond),
    cutIn: file.cutAfterBytes ?? Infinity,
    refusals: 0,
  }
}

async function send(one: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { content, etag, file } = one
  if (one.refusals > 0) {
    one.refusals -= 1
    response.writeHead(503).end('the origin is busy')
    return
  }
  let [from, to] = [0, content.length]
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  // RFC 9110 §13.1.5: a range counts only for the version that If-Range names.
  if (range && (request.headers['if-range'] ?? etag) === etag) {
    from = Number(range[1])
    to = range[2] ? Math.min(Number(range[2]) + 1, to) : to
    response.statusCode = 206
    response.setHeader('content-range', `bytes ${from}-${to - 1}/${content.length}`)
  }
  response.setHeader('etag', etag).setHeader('accept-ranges', 'bytes')
  if (!file.noLength) response.setHeader('content-length', to - from)
  // A disconnected client and the cut itself end the pipeline with an error.
  await pipeline(Readable.from(chunks(one, from, to)), response).catch(() => {})
}

async function* chunks(one: Served, from: number, to: number): AsyncGenerator<Buffer> {
  for (let offset = from; offset < to; offset += chunkBytes) {
    const chunk = one.content.subarray(offset, Math.min(offset + chunkBytes, to))
    await one.pace(chunk.length)
    if (chunk.length > one.cutIn) {
      one.cutIn = Infinity
      one.refusals = refusalsAfterCut
      throw new Error('cut')
    }
    one.cutIn -= chunk.length
    yield chunk
  }
}

/** Waits until this many more bytes may be sent; all connections of a file share its rate. */
function createPace(bytesPerSecond = Infinity): (bytes: number) => Promise<void> {
  let freeAtMs = 0
  return async (bytes) => {
    const nowMs = performance.now()
    freeAtMs = Math.max(freeAtMs, nowMs) + (bytes * 1000) / bytesPerSecond
    if (freeAtMs - nowMs >= 1) await sleep(freeAtMs - nowMs)
  }
}
