/** An origin of long files at a fixed rate each, over all connections, whose bytes are computed and not kept. Loopback only. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface PacedOrigin {
  /** Where a file of so many bytes comes with so many bytes a second. */
  url(name: string, bytes: number, bytesPerSecond: number): string
  /** Throws unless the stream has exactly the file's bytes. */
  verify(name: string, bytes: number, stream: AsyncIterable<Uint8Array>): Promise<void>
  bytesSent(): number
  close(): void
}

/** Prime, so that no two parts of a file are equal. */
const blockBytes = 1_048_573
const block = Buffer.from(Uint8Array.from({ length: blockBytes }, (_, n) => (n * 31 + (n >> 8) * 17 + (n >> 16)) & 255))

export async function startPacedOrigin(): Promise<PacedOrigin> {
  const freeAt = new Map<string, number>()
  let sent = 0
  const send = async (response: ServerResponse, name: string, from: number, end: number, rate: number) => {
    const most = Math.max(1_000, Math.min(65_536, Math.floor(rate / 10)))
    for (let offset = from; offset < end && !response.destroyed; ) {
      const chunk = piece(name, offset, Math.min(end, offset + most))
      const at = Math.max(performance.now(), freeAt.get(name) ?? 0)
      freeAt.set(name, at + (chunk.length / rate) * 1000)
      if (at > performance.now() + 1) await sleep(at - performance.now())
      if (response.destroyed) return
      sent += chunk.length
      offset += chunk.length
      if (!response.write(chunk)) await writable(response)
    }
    response.end()
  }
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://origin')
    const [bytes, rate] = [Number(searchParams.get('bytes')), Number(searchParams.get('rate'))]
    const etag = `"${pathname}-${bytes}"`
    response.on('error', () => {})
    response.setHeader('etag', etag).setHeader('accept-ranges', 'bytes')
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
    let [from, end] = [0, bytes]
    if (range && (request.headers['if-range'] ?? etag) === etag) {
      from = Number(range[1])
      end = range[2] ? Math.min(bytes, Number(range[2]) + 1) : bytes
      response.statusCode = 206
      response.setHeader('content-range', `bytes ${from}-${end - 1}/${bytes}`)
    }
    response.setHeader('content-length', end - from)
    void send(response, pathname.slice(1), from, end, rate).catch(() => response.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: (name, bytes, rate) => `${address}/${name}?bytes=${bytes}&rate=${rate}`,
    async verify(name, bytes, stream) {
      let offset = 0
      for await (const chunk of stream)
        for (let at = 0; at < chunk.length; ) {
          const wanted = piece(name, offset, Math.min(bytes, offset + chunk.length - at))
          if (wanted.length === 0 || !wanted.equals(chunk.subarray(at, at + wanted.length)))
            throw new Error(`${name}: other bytes at ${offset}`)
          at += wanted.length
          offset += wanted.length
        }
      if (offset !== bytes) throw new Error(`${name}: ${offset} bytes instead of ${bytes}`)
    },
    bytesSent: () => sent,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
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

/** The bytes from `offset`, up to `end` or the end of the block. Another name begins elsewhere in the block. */
function piece(name: string, offset: number, end: number): Buffer {
  const seed = [...name].reduce((sum, letter) => (sum * 131 + letter.charCodeAt(0)) % blockBytes, 7)
  const start = (offset + seed) % blockBytes
  return block.subarray(start, Math.min(blockBytes, start + end - offset))
}
