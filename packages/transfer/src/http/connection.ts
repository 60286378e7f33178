import { connect as openTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect as openTls } from 'node:tls'
import type { BufferPool } from './buffer-pool.ts'
import { createBufferedReceiving } from './buffered-receiving.ts'
import type { Receiving } from './reader.ts'
import { receiveFromStream } from './stream-receiving.ts'

/**
 * A socket whose bytes land in buffers of ours (`onread`) instead of a stream, which is as cheap as receiving gets in Node,
 * plain and over TLS. It reads ahead while there are buffers, and rests while its reader is slow to release them.
 */
export interface Connection extends Receiving {
  /** For connecting, writing and closing. What it reads goes to the reader only. */
  readonly socket: Socket
  /** As they came over the wire, encrypted or not. */
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
 * Node reads a socket on top of another one as a stream only: its bytes come in buffers that are not the pool's.
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
