import { once } from 'node:events'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { makeCertificate } from '#support/origins/certificates.ts'
import { type BufferPool, createBufferPool } from '#transfer/http/buffer-pool.ts'
import { type Connection, openConnection } from '#transfer/http/connection.ts'

const kinds = ['tcp', 'tls'] as const
type Kind = (typeof kinds)[number]
type Serve = (socket: Socket, reset: () => void) => void
const certificate = makeCertificate({ subject: 'files.example.com' })
const KiB = 1024

const serving = async (kind: Kind, serve: Serve) => {
  const sockets = new Map<number | undefined, Socket>()
  const guarded = (socket: Socket) => {
    socket.on('error', () => {})
    // A TLS socket cannot reset its connection: what lies below it can.
    serve(socket, () => sockets.get(socket.remotePort)!.resetAndDestroy())
  }
  const server = kind === 'tls' ? createTlsServer(certificate, guarded) : createTcpServer(guarded)
  server.on('connection', (socket: Socket) => {
    sockets.set(socket.remotePort, socket)
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets.values()) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}
const connect = (kind: Kind, port: number, buffers: BufferPool) => {
  const tls = kind === 'tls' ? { tls: { rejectUnauthorized: false } } : {}
  const connection = openConnection({ host: '127.0.0.1', port, ...tls }, buffers)
  onTestFinished(() => connection.destroy())
  return connection
}
/** A counting pool: each buffer must be returned exactly once. */
const countedPool = (maxBytes: number) => {
  const pool = createBufferPool({ bufferBytes: 64 * KiB, smallBytes: 16 * KiB, maxBytes })
  const out = new Set<Buffer>()
  let most = 0
  const taken = (buffer: Buffer | null) => {
    if (buffer === null) return null
    expect(out.has(buffer)).toBe(false)
    out.add(buffer)
    most = Math.max(most, out.size)
    return buffer
  }
  const buffers: BufferPool = {
    take: () => taken(pool.take())!,
    tryTake: () => taken(pool.tryTake()),
    give(buffer) {
      expect(out.delete(buffer)).toBe(true)
      pool.give(buffer)
    },
  }
  return { buffers, out: () => out.size, most: () => most }
}
/** Every four bytes say where they are. */
const numbered = (bytes: number) => {
  const body = Buffer.alloc(bytes)
  for (let at = 0; at < bytes; at += 4) body.writeUInt32LE(at, at)
  return body
}
const roomy = 16 * 1024 * KiB

describe.each(kinds)('a connection over %s', (kind) => {
  it.each([0, roomy])(
    'hands over the very bytes that came, however slow their reader is, with %i bytes to read ahead',
    async (maxBytes) => {
      const body = numbered(2048 * KiB)
      const port = await serving(kind, (socket) => void socket.end(body))
      const pool = countedPool(maxBytes)
      const connection = connect(kind, port, pool.buffers)
      const received: Buffer[] = []
      const ended = new Promise<Error | null>((resolve) => {
        connection.setReader({
          bytes(chunk, release) {
            const place = received.push(Buffer.alloc(0)) - 1
            // It looks at the bytes late, when others have come: they must still be its own.
            setTimeout(() => {
              received[place] = Buffer.from(chunk)
              release()
            }, 1)
          },
          end: resolve,
        })
      })
      expect(await ended).toBeNull()
      await eventually('all has been read', () => received.every(({ length }) => length > 0))
      expect(Buffer.concat(received).equals(body)).toBe(true)
      await eventually('all buffers are back', () => pool.out() === 0)
      expect(pool.most()).toBeLessThanOrEqual(4)
    },
  )

  it('keeps what came before the end for a reader who pauses', async () => {
    // Records of their own, in one go.
    const port = await serving(kind, (socket) => {
      socket.cork()
      for (const piece of ['one', 'two', 'three']) socket.write(piece)
      socket.uncork()
      socket.end()
    })
    const pool = countedPool(0)
    const connection = connect(kind, port, pool.buffers)
    const events: string[] = []
    connection.setReader({
      bytes(chunk, release) {
        events.push(chunk.toString())
        if (events.length === 1) connection.pause()
        release()
      },
      end: (error) => events.push(error === null ? 'end' : 'broken'),
    })
    await eventually('the first bytes', () => events.length > 0)
    connection.resume()
    await eventually('the end', () => events.includes('end'))
    expect([events.slice(0, -1).join(''), events.at(-1)]).toEqual(['onetwothree', 'end'])
    await eventually('all buffers are back', () => pool.out() === 0)
  })

  it('rests while its reader has all that it may have, and reads on when one buffer is back', async () => {
    const port = await serving(kind, (socket) => void socket.write(numbered(2048 * KiB)))
    const pool = countedPool(roomy)
    const connection = connect(kind, port, pool.buffers)
    const held: (() => void)[] = []
    let bytes = 0
    connection.setReader({
      bytes(chunk, release) {
        bytes += chunk.length
        held.push(release)
      },
      end() {},
    })
    await eventually('it rests', () => connection.isPaused())
    const before = bytes
    held.shift()!()
    await eventually('it reads on', () => bytes > before)
    await eventually('it rests again', () => connection.isPaused())
    expect(pool.most()).toBeLessThanOrEqual(4)
    expect(bytes).toBeLessThan(1024 * KiB)
  })

  const ends: [string, Serve, (connection: Connection) => void][] = [
    ['the other side ends', (socket) => void socket.end('bytes'), () => {}],
    ['the other side resets', (socket, reset) => void socket.write('bytes', reset), () => {}],
    ['it is destroyed', (socket) => void socket.write('bytes'), (connection) => connection.destroy()],
    [
      'it is destroyed while it is paused',
      (socket) => void socket.write(numbered(512 * KiB)),
      (connection) => {
        connection.pause()
        connection.destroy()
      },
    ],
    [
      'bytes come that nobody asked for',
      (socket) => {
        socket.write('bytes')
        socket.on('data', () => socket.write('more'))
      },
      (connection) => {
        connection.setReader(null)
        connection.socket.write('and?')
      },
    ],
  ]
  it.each(ends)('gives every buffer back when %s, before or after the reader has released', async (_, serve, act) => {
    for (const when of ['before', 'after']) {
      const port = await serving(kind, serve)
      const pool = countedPool(roomy)
      const connection = connect(kind, port, pool.buffers)
      const held: (() => void)[] = []
      let received = 0
      connection.setReader({
        bytes(chunk, release) {
          received += chunk.length
          if (when === 'before') release()
          else held.push(release)
        },
        end() {},
      })
      await eventually('something came', () => received > 0 || connection.socket.destroyed)
      act(connection)
      await eventually('it is closed', () => connection.socket.closed)
      // Twice is once.
      for (const release of [...held, ...held]) release()
      await eventually('all buffers are back', () => pool.out() === 0)
    }
  })

  it('gives its buffer back when no connection comes about', async () => {
    const server = createTcpServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    const pool = countedPool(roomy)
    const connection = connect(kind, port, pool.buffers)
    const error = new Promise((resolve) => connection.setReader({ bytes() {}, end: resolve }))
    expect(await error).toMatchObject({ code: 'ECONNREFUSED' })
    await eventually('all buffers are back', () => pool.out() === 0)
  })

  it('tells a reader who comes late that it has ended', async () => {
    const port = await serving(kind, (socket) => void socket.end())
    const connection = connect(kind, port, countedPool(0).buffers)
    connection.setReader({ bytes() {}, end() {} })
    await eventually('it is closed', () => connection.socket.closed)
    const error = new Promise((resolve) => connection.setReader({ bytes() {}, end: resolve }))
    expect(await error).toBeNull()
  })
})
