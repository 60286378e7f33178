import { type OnReadOpts, connect as openTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect as openTls } from 'node:tls'
import type { BufferPool } from './buffer-pool.ts'
import { createReceiveBuffers, type ReceivedChunk } from './receive-buffers.ts'

/** Takes what a connection reads. */
export interface Reader {
  /** The bytes are the reader's until it calls `release`. */
  bytes(chunk: Buffer, release: () => void): void
  /** The other side has ended (null), or the connection broke. Nothing comes behind it. */
  end(error: Error | null): void
}

/**
 * A socket whose bytes land in buffers of ours (`onread`) instead of a stream, which is as cheap as receiving gets in Node,
 * plain and over TLS. It reads ahead while there are buffers, and rests while those who have them are slow.
 */
export interface Connection {
  /** For connecting, writing and closing. What it reads goes to the reader only. */
  readonly socket: Socket
  /** As they came over the wire, encrypted or not. */
  bytesReceived(): number
  /** It does not read, because its reader is not done with what it has, or has paused it. */
  isResting(): boolean
  /** The reader from now on. Bytes that come while there is none were not asked for, and break the connection. */
  setReader(reader: Reader | null): void
  pause(): void
  resume(): void
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
  const buffers = createReceiveBuffers(pool, tls !== undefined)
  /** What is decided meanwhile is told to the socket by the callback's answer. */
  let inCallback = false
  let reader: Reader | null = null
  /** How it has ended; the reader is told when it has what came before. */
  let outcome: { error: Error | null } | null = null
  let isToldOf = false

  const hand = ({ bytes, buffer }: ReceivedChunk) => {
    let isOut = true
    inCallback = true
    reader!.bytes(bytes, () => {
      if (!isOut) return
      isOut = false
      buffers.onRelease(buffer)
      settle()
    })
    inCallback = false
  }
  const settle = () => {
    if (inCallback) return
    while (buffers.mayDeliverKept()) {
      if (reader === null) return destroy(unasked())
      hand(buffers.takeKept())
    }
    tellEnd()
    const order = buffers.settle()
    if (order === 'pause') socket.pause()
    else if (order === 'resume') socket.resume()
  }
  const tellEnd = () => {
    if (outcome === null || isToldOf || buffers.hasKept()) return
    isToldOf = true
    reader?.end(outcome.error)
  }
  const destroy = (error?: Error) => {
    buffers.dropKept()
    socket.destroy(error)
    tellEnd()
  }
  const onread: OnReadOpts = {
    buffer: buffers.landing,
    callback(bytes) {
      if (reader === null) {
        destroy(unasked())
        return false
      }
      if (socket.destroyed && buffers.isResting()) return false
      const delivery = buffers.onChunk(bytes)
      if (delivery === null) return false
      hand(delivery)
      return buffers.readsOn()
    },
  }
  const end = (error: Error | null) => {
    outcome ??= { error }
    tellEnd()
  }
  const socket: Socket = tls
    ? openTls({ ...tls, host, port, onread } as ConnectionOptions)
    : openTcp({ host, port, onread })
  socket.setNoDelay(true)
  socket.on('end', () => end(null))
  socket.on('error', end)
  socket.once('close', () => {
    buffers.close()
    end(lost())
  })
  return {
    socket,
    bytesReceived: () => socket.bytesRead,
    isResting: buffers.isResting,
    setReader(next) {
      reader = next
      if (isToldOf) next?.end(outcome!.error)
    },
    pause() {
      buffers.pause()
      settle()
    },
    resume() {
      buffers.resume()
      settle()
    },
    destroy: () => destroy(),
  }
}

/** Of a connection whose buffers are Node's own: what its reader may have at once. */
const maxHeldBytes = 256 * 1024

/**
 * TLS inside a connection that is open and has no reader, such as a proxy's tunnel; destroying one destroys the other.
 * Node reads a socket on top of another one as a stream only: its bytes come in buffers that are not the pool's.
 */
export function secureConnection(inner: Connection, tls: ConnectionOptions): Connection {
  const socket = openTls({ ...tls, socket: inner.socket })
  let held = 0
  let pausedByReader = false
  let reader: Reader | null = null
  let ended: { error: Error | null } | null = null
  const settle = () => {
    const shouldRest = pausedByReader || held >= maxHeldBytes
    if (shouldRest === socket.isPaused()) return
    if (shouldRest) socket.pause()
    else socket.resume()
  }
  const end = (error: Error | null) => {
    if (ended) return
    ended = { error }
    reader?.end(error)
  }
  socket.on('data', (chunk: Buffer) => {
    if (reader === null) return void socket.destroy(unasked())
    held += chunk.length
    let isOut = true
    reader.bytes(chunk, () => {
      if (!isOut) return
      isOut = false
      held -= chunk.length
      settle()
    })
    settle()
  })
  socket.on('end', () => end(null))
  socket.on('error', end)
  socket.once('close', () => end(lost()))
  return {
    socket,
    bytesReceived: inner.bytesReceived,
    isResting: () => socket.isPaused(),
    setReader(next) {
      reader = next
      if (ended) next?.end(ended.error)
    },
    pause() {
      pausedByReader = true
      settle()
    },
    resume() {
      pausedByReader = false
      settle()
    },
    destroy() {
      socket.destroy()
      inner.destroy()
    },
  }
}

function unasked(): Error {
  return new Error('bytes that nobody asked for')
}

function lost(): Error {
  return Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' })
}
