import type { BufferPool } from './buffer-pool.ts'

/** Of a connection: the one that is read into, and those that the reader has. */
const maxBuffers = 4

/** Bytes for the reader. `buffer` goes back with them; null: they are a copy, which no pool waits for. */
export interface ReceivedChunk {
  bytes: Buffer
  buffer: Buffer | null
}

/**
 * The buffers of one connection, without its socket: where a read lands, what the reader gets, and whether to read on.
 *
 * - *Reading*: the read buffer is exchanged at each read for the spare one or one of the pool, so that the reader keeps what
 *   it has while the next read lands elsewhere.
 * - *Out of buffers*: there is no other to land in. Plain: the reader gets the read buffer itself, and reading rests until it
 *   is back. TLS: the reader gets a copy, and the read buffer stays.
 * - *Resting*: the reader has paused, or has as much as it may have. Nothing is read; but TLS hands over every record of what it
 *   has read from the wire (64 KiB at most), also those behind the one at which it was told to stop. They land in the same
 *   place, which is never the reader's then, and are kept as copies until the reader takes them.
 */
export interface ReceiveBuffers {
  /** What the next read goes into. */
  readBuffer(): Buffer
  /** So many bytes have landed. Null: they are kept for later. */
  onChunk(bytes: number): ReceivedChunk | null
  onRelease(buffer: ReceivedChunk['buffer']): void
  /** The reader wants nothing more for now, or goes on. */
  pause(): void
  resume(): void
  /** After a delivery: whether the socket reads on. It rests otherwise. */
  readsOn(): boolean
  /** What the socket is to be told; null: nothing. */
  settle(): 'pause' | 'resume' | null
  isPaused(): boolean
  hasOverflow(): boolean
  /** Whether something that was kept may go to the reader now. */
  mayDeliverOverflow(): boolean
  takeOverflow(): ReceivedChunk
  /** What was kept is not wanted any more. */
  dropOverflow(): void
  /** The socket is closed: buffers go back to the pool, those of the reader when it has released them. */
  close(): void
}

export function createReceiveBuffers(pool: BufferPool, isSecure: boolean): ReceiveBuffers {
  /** Only a read can exchange it. Over TLS it is never out. */
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
    !isPausedByReader && !isReadBufferInUse && (spare !== null || inUse === 0 || owned() < maxBuffers)
  return {
    readBuffer: () => readBuffer,
    onChunk(bytes) {
      const buffer = readBuffer
      const chunk = buffer.subarray(0, bytes)
      if (isPaused) {
        overflow.push(Buffer.from(chunk))
        return null
      }
      // With this one, the next one and those that are out.
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
    mayDeliverOverflow: () => overflow.length > 0 && !isPausedByReader && inUse < maxBuffers,
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
