import { connect as openTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect as openTls } from 'node:tls'
import type { BufferPool } from './buffer-pool.ts'
import { createBufferedReceiving } from './buffered-receiving.ts'
import type { Receiving } from './reader.ts'
import { receiveFromStream } from './stream-receiving.ts'

/**
 * A socket, plain or TLS, that reads into buffers of ours (`onread`) instead of a stream, which is the cheapest way to receive
 * in Node. It reads ahead while buffers are free, and is paused while its reader is slow to release them.
 */
export interface Connection extends Receiving {
  /** For connecting, writing and closing. The bytes that it reads go to the reader only. */
  readonly socket: Socket
  /** Bytes as they came over the wire, encrypted or not. */
  bytesReceived(): number
  /** Harmless at any time. */
  destroy(): void
}

export interface ConnectTo {
  host: string
  port: number
  tls?: ConnectionOptions
}

/** Begins to connect. The caller listens to its socket for `connect` or `secureConnect`, `error` and `close`. */
export function openConnection({ host, port, tls }: ConnectTo, pool: BufferPool): Connection {
  const { onread, end, close, destroy, ...receiving } = createBufferedReceiving(pool, tls !== undefined, () => socket)
  const socket: Socket = tls
    ? openTls({ ...tls, host, port, onread } as ConnectionOptions)
    : openTcp({ host, port, onread })
  socket.setNoDelay(true)
  socket.on('end', () => end(null))
  socket.on('error', end)
  socket.once('close', close)
  return { ...receiving, socket, bytesReceived: () => socket.bytesRead, destroy: () => destroy() }
}

/**
 * TLS inside a connection that is open and has no reader, such as a proxy's tunnel; destroying one destroys the other.
 * Node reads a socket on top of another one only as a stream, so its bytes come in buffers that are not the pool's.
 */
export function secureConnection(inner: Connection, tls: ConnectionOptions): Connection {
  const socket = openTls({ ...tls, socket: inner.socket })
  return {
    ...receiveFromStream(socket),
    socket,
    bytesReceived: inner.bytesReceived,
    destroy() {
      socket.destroy()
      inner.destroy()
    },
  }
}
