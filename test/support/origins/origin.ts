import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** How one path of the origin behaves. */
interface Resource {
  bytes: number
  /** The seed determines the version: its bytes and its ETag. */
  seed?: string
  /** Strong ETag and ranges; default true. */
  resumable?: boolean
  /** No Content-Length. */
  chunked?: boolean
  bytesPerSecond?: number
  /** Sends this much of the body and then stalls until the client disconnects. */
  holdAfter?: number
  headers?: Record<string, string>
  /** Writes the whole response instead. */
  respond?: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>
}

export interface Origin {
  url: string
  /** Sets what a path serves; may be changed at any time. */
  serve(path: string, resource: Resource): string
  /** The bytes a path serves now. */
  content(path: string): Buffer
  requests: { path: string; headers: IncomingMessage['headers'] }[]
  /** Body bytes handed to the network for a path. */
  bytesSent(path: string): number
  close(): Promise<void>
}

const contents = new Map<string, Buffer>()

/** Bytes determined by the seed, the same in every process. */
export function bytesOf(seed: string, bytes: number): Buffer {
  const name = `${seed}:${bytes}`
  const known = contents.get(name)
  if (known) return known
  const buffer = Buffer.allocUnsafe(bytes)
  let block: Buffer = createHash('sha512').update(name).digest()
  for (let offset = 0; offset < bytes; offset += block.length) {
    block.copy(buffer, offset)
    // A cheap step between blocks is enough: no two parts of a file may be equal.
    block = offset % 65_536 === 0 ? createHash('sha512').update(block).digest() : rotate(block, offset)
  }
  contents.set(name, buffer)
  return buffer
}

function rotate(block: Buffer, offset: number): Buffer {
  const next = Buffer.from(block)
  next.writeUInt32LE((next.readUInt32LE(offset % 60) ^ Math.imul(offset + 1, 2654435761)) >>> 0, offset % 60)
  return next
}

/** Resolves when more can be written, or when the response has closed. */
function writable(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      response.off('drain', settle).off('close', settle)
      resolve()
    }
    response.on('drain', settle).on('close', settle)
  })
}

/** A well-behaved HTTP origin on loopback. */
export async function startOrigin(): Promise<Origin> {
  const resources = new Map<string, Resource>()
  const sent = new Map<string, number>()
  const requests: Origin['requests'] = []
  const content = (path: string) => {
    const { bytes, seed = path } = resources.get(path)!
    return bytesOf(seed, bytes)
  }
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://origin').pathname
    requests.push({ path, headers: request.headers })
    const resource = resources.get(path)
    response.on('error', () => {})
    if (!resource) return void response.writeHead(404).end('not here')
    if (resource.respond) return void (await resource.respond(request, response))
    const body = content(path)
    const etag = `"${createHash('sha1').update(body).digest('hex')}"`
    const { resumable = true, chunked = false, bytesPerSecond, holdAfter = Infinity, headers = {} } = resource
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    let from = 0
    let end = body.length
    if (resumable) {
      response.setHeader('etag', etag).setHeader('accept-ranges', 'bytes')
      const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
      if (range && (request.headers['if-range'] ?? etag) === etag) {
        from = Number(range[1])
        if (range[2]) end = Math.min(end, Number(range[2]) + 1)
        response.statusCode = 206
        response.setHeader('content-range', `bytes ${from}-${end - 1}/${body.length}`)
      }
    }
    if (!chunked) response.setHeader('content-length', end - from)
    const step = bytesPerSecond ? Math.max(1, Math.floor(bytesPerSecond / 20)) : 262_144
    for (let offset = from; offset < end && !response.destroyed; offset += step) {
      if (offset >= holdAfter) return void (await once(response, 'close'))
      const chunk = body.subarray(offset, Math.min(end, offset + step))
      sent.set(path, (sent.get(path) ?? 0) + chunk.length)
      if (!response.write(chunk)) await writable(response)
      if (bytesPerSecond) await sleep(50)
    }
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    serve(path, resource) {
      resources.set(path, resource)
      return url + path
    },
    content,
    requests,
    bytesSent: (path) => sent.get(path) ?? 0,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
