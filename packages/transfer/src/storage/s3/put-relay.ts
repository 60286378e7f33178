import { type BufferPool, createBufferPool } from '../../http/buffer-pool.ts'
import { type Connection, openConnection } from '../../http/connection.ts'
import { createConnectionPool } from '../../http/connection-pool.ts'
import { type HttpResponse, receiveResponse, sendHead } from '../../http/exchange.ts'
import { StorageUnavailable, UploadGone, type Writing } from '../object-store.ts'
import { receiptOf, storageCode } from './errors.ts'

/** A presigned PUT. Its URL holds the credentials. */
interface PresignedPut {
  url: Promise<string>
  /** Content-Length. */
  bytes: number
  fields: readonly (readonly [string, string])[]
}

interface S3Writes {
  /** Begins the PUT at once. The written bytes are its body. */
  open(put: PresignedPut, signal?: AbortSignal): Writing
  close(): void
}

/** S3 may take this long to confirm a PUT. */
const silenceMs = 60_000
const idleConnections = { idleMs: 3_000, maxIdle: 128 }
const maxErrorBytes = 16 * 1024
/** Small buffers, because the response to a PUT is short. */
const responseBuffers = { bufferBytes: 16 * 1024, smallBytes: 4 * 1024, maxBytes: 1024 * 1024 }

/**
 * Sends the bodies of objects and parts from our buffers into S3's sockets. The SDK would sign and copy every byte in streams. These
 * bodies go to addresses that it has signed, with an unsigned payload, which TLS and our checksums protect.
 */
export function createS3Writes(buffers: BufferPool = createBufferPool(responseBuffers)): S3Writes {
  const idle = createConnectionPool<{ connection: Connection }>(idleConnections)

  async function connect(url: URL): Promise<Connection> {
    const kept = idle.take(url.origin)
    if (kept) return kept.connection
    const isSecure = url.protocol === 'https:'
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const tls = { servername: host, ALPNProtocols: ['http/1.1'], minVersion: 'TLSv1.2' } as const
    const port = Number(url.port) || (isSecure ? 443 : 80)
    const connection = openConnection({ host, port, ...(isSecure ? { tls } : {}) }, buffers)
    await new Promise<void>((resolve, reject) => {
      const { socket } = connection
      const timer = setTimeout(() => socket.destroy(new Error('no connection')), silenceMs / 12)
      socket.once(isSecure ? 'secureConnect' : 'connect', resolve)
      socket.once('close', () => reject(new Error('no connection')))
      socket.once('error', reject)
      socket.once('connect', () => clearTimeout(timer))
    })
    return connection
  }

  return {
    open({ url: presigned, bytes, fields }, signal) {
      let left = bytes
      let connection: Connection | null = null
      let isOver = false
      let waiting: { chunk: Uint8Array; release: () => void }[] = []
      const end = () => {
        isOver = true
        signal?.removeEventListener('abort', abort)
        for (const { release } of waiting) release()
        waiting = []
      }
      const abort = () => {
        if (isOver) return
        end()
        connection?.destroy()
      }
      const send = (to: Connection, chunk: Uint8Array, release: () => void) => {
        to.socket.write(chunk, release)
      }
      const put = async (): Promise<string> => {
        const url = new URL(await presigned)
        const opened = await connect(url)
        if (isOver) {
          opened.destroy()
          throw new StorageUnavailable('the write was given up')
        }
        const { socket } = opened
        const onSilence = () => socket.destroy(new Error('S3 is silent'))
        socket.setTimeout(silenceMs, onSilence)
        // The head and the bytes that wait go out in one packet.
        socket.cork()
        sendHead(opened, {
          method: 'PUT',
          target: `${url.pathname}${url.search}`,
          fields: [['Host', url.host], ['Content-Length', String(bytes)], ...fields],
        })
        const received = receiveResponse(opened, 'PUT', 'strict')
        connection = opened
        for (const { chunk, release } of waiting) send(opened, chunk, release)
        waiting = []
        socket.uncork()
        const response = await received
        const text = await readText(response)
        socket.setTimeout(0)
        socket.off('timeout', onSilence)
        if (response.status === 200 && left === 0) {
          if (response.isReusable()) idle.keep(url.origin, { connection: opened })
          else opened.destroy()
          return receiptOf(response.headers.etag)
        }
        opened.destroy()
        const code = /<Code>(\w{1,64})<\/Code>/.exec(text)?.[1] ?? String(response.status)
        if (code === 'NoSuchUpload') throw new UploadGone(`S3 answered ${code}`)
        throw new StorageUnavailable(`S3 failed: ${code}`)
      }
      const stored = put()
        .catch((error: unknown) => {
          if (signal?.aborted) throw signal.reason
          if (error instanceof StorageUnavailable || error instanceof UploadGone) throw error
          throw new StorageUnavailable(`S3 failed: ${storageCode(error)}`, { cause: error })
        })
        .finally(end)
      // An aborted write has no reader left.
      stored.catch(() => {})
      signal?.addEventListener('abort', abort, { once: true })
      if (signal?.aborted) abort()
      return {
        write(chunk, release) {
          if (chunk.byteLength > left) throw new RangeError('more bytes than were announced')
          left -= chunk.byteLength
          if (isOver) release()
          else if (connection) send(connection, chunk, release)
          else waiting.push({ chunk, release })
        },
        stored,
        abort,
      }
    },
    close: () => idle.close(),
  }
}

/** The body of S3's response to a PUT: empty, or an error. */
async function readText(response: HttpResponse): Promise<string> {
  let text = ''
  await response.read((chunk, release) => {
    if (text.length < maxErrorBytes) text += Buffer.from(chunk).toString('latin1')
    release()
  })
  return text
}
