import { type OnReadOpts, connect as openTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect as openTls } from 'node:tls'
import type { BufferPool } from './buffer-pool.ts'

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
  /** Who takes the bytes from now on. What comes while there is nobody was not asked for, and breaks the connection. */
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

/** Of a connection: the one that is read into, and those whose bytes are still being written. */
const maxBuffers = 4

/** Begins to connect. Whoever opens it listens to its socket for `connect` or `secureConnect`, `error` and `close`. */
export function openConnection({ host, port, tls }: ConnectTo, buffers: BufferPool): Connection {
  /** What the socket reads into; only a read can exchange it. Over TLS it is never out. */
  let landing = buffers.take()
  let landingIsOut = false
  let spare: Buffer | null = null
  /** With the reader, the landing among them if it is. */
  let out = 0
  let pausedByReader = false
  let resting = false
  /** What is decided meanwhile is told to the socket by the callback's answer. */
  let inCallback = false
  /**
   * What came although it rests: TLS hands over every record of what it has read from the wire (64 KiB at most), also those
   * behind the one at which it was told to stop. They all land in the same place, which is never the reader's then.
   */
  let late: Buffer[] = []
  let closed = false
  let reader: Reader | null = null
  /** How it has ended; the reader is told when it has what came before. */
  let outcome: { error: Error | null } | null = null
  let isToldOf = false

  const owned = () => out + (landingIsOut ? 0 : 1) + (spare ? 1 : 0)
  const mayRead = () => !pausedByReader && !landingIsOut && (spare !== null || out === 0 || owned() < maxBuffers)
  const hand = (chunk: Buffer, release: () => void) => {
    let isOut = true
    out += 1
    inCallback = true
    reader!.bytes(chunk, () => {
      if (isOut) release()
      isOut = false
    })
    inCallback = false
  }
  const settle = () => {
    if (inCallback) return
    while (late.length > 0 && !pausedByReader && out < maxBuffers) {
      if (reader === null) return destroy(unasked())
      hand(late.shift()!, releaseCopy)
    }
    tellEnd()
    if (late.length > 0 || resting !== mayRead()) return
    resting = !resting
    if (resting) socket.pause()
    else socket.resume()
  }
  const tellEnd = () => {
    if (outcome === null || isToldOf || late.length > 0) return
    isToldOf = true
    reader?.end(outcome.error)
  }
  const destroy = (error?: Error) => {
    late = []
    socket.destroy(error)
    tellEnd()
  }
  const release = (buffer: Buffer) => {
    out -= 1
    if (closed) buffers.give(buffer)
    else if (buffer === landing) landingIsOut = false
    else if (spare === null) spare = buffer
    else buffers.give(buffer)
    settle()
  }
  const releaseCopy = () => {
    out -= 1
    settle()
  }
  const onread: OnReadOpts = {
    buffer: () => landing,
    callback(bytes, into) {
      const buffer = into as Buffer
      if (reader === null) {
        destroy(unasked())
        return false
      }
      const chunk = buffer.subarray(0, bytes)
      if (resting) {
        if (!socket.destroyed) late.push(Buffer.from(chunk))
        return false
      }
      // With this one, the next one and those that are out.
      const next = spare ?? (out + 1 < maxBuffers ? buffers.tryTake() : null)
      spare = null
      if (next === null && tls) hand(Buffer.from(chunk), releaseCopy)
      else {
        if (next) landing = next
        else landingIsOut = true
        hand(chunk, () => release(buffer))
      }
      resting = !mayRead()
      return !resting
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
    closed = true
    if (spare) buffers.give(spare)
    if (!landingIsOut) buffers.give(landing)
    spare = null
    end(lost())
  })
  return {
    socket,
    bytesReceived: () => socket.bytesRead,
    isResting: () => resting,
    setReader(next) {
      reader = next
      if (isToldOf) next?.end(outcome!.error)
    },
    pause() {
      pausedByReader = true
      settle()
    },
    resume() {
      pausedByReader = false
      settle()
    },
    destroy: () => destroy(),
  }
}

function unasked(): Error {
  return new Error('bytes that nobody asked for')
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

function lost(): Error {
  return Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' })
}
