import type { BufferPool } from './buffer-pool.ts'

/** Most buffers of a connection: the read buffer, a spare one, and those in use by the reader. */
const maxBuffers = 4

/** Bytes for the reader. `buffer` is given back when they are released; null: the bytes are a copy. */
export interface ReceivedChunk {
  bytes: Buffer
  buffer: Buffer | null
}

/**
 * The buffers of one connection, as a state machine without the socket: which buffer the next read goes into, what the reader
 * gets, and whether to read on.
 *
 * - *Reading*: each read exchanges the read buffer for the spare one or one of the pool, so that the reader keeps its bytes
 *   while the next read goes into another buffer.
 * - *Out of buffers*: no other buffer is free. Plain: the reader gets the read buffer itself, and reading is paused until the
 *   buffer is back. TLS: the reader gets a copy, and the read buffer stays.
 * - *Paused*: the reader has paused, or has as much as it may have, or its pace lets nothing more be read yet. Nothing is read. But TLS delivers every record that it has
 *   already read from the wire (64 KiB at most), also those behind the one at which it was told to stop. They go into the read
 *   buffer, which is never in use then, and are kept as copies (the overflow) until the reader takes them.
 */
interface ReceiveBuffers {
  /** The buffer that the next read goes into. */
  readBuffer(): Buffer
  /** A read brought `bytes` bytes. Null: they went into the overflow. */
  onChunk(bytes: number): ReceivedChunk | null
  onRelease(buffer: ReceivedChunk['buffer']): void
  /** The reader wants no more bytes until `resume`. */
  pause(): void
  resume(): void
  /** To be called after a delivery: whether the socket reads on or is paused. */
  readsOn(): boolean
  /** The call that the socket needs; null: none. */
  settle(): 'pause' | 'resume' | null
  isPaused(): boolean
  hasOverflow(): boolean
  /** Whether the reader may get a chunk of the overflow now. */
  mayDeliverOverflow(): boolean
  takeOverflow(): ReceivedChunk
  /** Forgets the overflow. */
  dropOverflow(): void
  /** The socket is closed. Buffers go back to the pool, those in use when they are released. */
  close(): void
}

/** `isHeld`: the pace lets nothing be read at the moment. Held is like paused by the reader. */
export function createReceiveBuffers(
  pool: BufferPool,
  isSecure: boolean,
  isHeld: () => boolean = () => false,
): ReceiveBuffers {
  /** Only a read exchanges it. Over TLS it is never in use by the reader. */
  let readBuffer = pool.take()
  let isReadBufferInUse = false
  let spare: Buffer | null = null
  /** Buffers that the reader has not released yet, including the read buffer. */
  let inUse = 0
  let overflow: Buffer[] = []
  let isPausedByReader = false
  let isPaused = false
  let isClosed = false

  const owned = () => inUse + (isReadBufferInUse ? 0 : 1) + (spare ? 1 : 0)
  const mayRead = () =>
    !isPausedByReader && !isHeld() && !isReadBufferInUse && (spare !== null || inUse === 0 || owned() < maxBuffers)
  return {
    readBuffer: () => readBuffer,
    onChunk(bytes) {
      const buffer = readBuffer
      const chunk = buffer.subarray(0, bytes)
      if (isPaused) {
        overflow.push(Buffer.from(chunk))
        return null
      }
      // The buffers then owned: this one, the next one and those in use.
      const next = spare ?? (inUse + 1 < maxBuffers ? pool.tryTake() : null)
      spare = null
      inUse += 1
      if (next === null && isSecure) return { bytes: Buffer.from(chunk), buffer: null }
      if (next) readBuffer = next
      else isReadBufferInUse = true
      return { bytes: chunk, buffer }
    },
    onRelease(buffer) {
      inUse -= 1
      if (buffer === null) return
      if (isClosed) pool.give(buffer)
      else if (buffer === readBuffer) isReadBufferInUse = false
      else if (spare === null) spare = buffer
      else pool.give(buffer)
    },
    pause() {
      isPausedByReader = true
    },
    resume() {
      isPausedByReader = false
    },
    readsOn() {
      isPaused = !mayRead()
      return !isPaused
    },
    settle() {
      if (overflow.length > 0 || isPaused !== mayRead()) return null
      isPaused = !isPaused
      return isPaused ? 'pause' : 'resume'
    },
    isPaused: () => isPaused,
    hasOverflow: () => overflow.length > 0,
    mayDeliverOverflow: () => overflow.length > 0 && !isPausedByReader && !isHeld() && inUse < maxBuffers,
    takeOverflow() {
      inUse += 1
      return { bytes: overflow.shift()!, buffer: null }
    },
    dropOverflow() {
      overflow = []
    },
    close() {
      if (isClosed) return
      isClosed = true
      if (spare) pool.give(spare)
      if (!isReadBufferInUse) pool.give(readBuffer)
      spare = null
    },
  }
}
