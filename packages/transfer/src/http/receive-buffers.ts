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
 * - *Reading*: the landing buffer is exchanged at each read for the spare one or one of the pool, so that the reader keeps what
 *   it has while the next read lands elsewhere.
 * - *Out of buffers*: there is no other to land in. Plain: the reader gets the landing buffer itself, and reading rests until it
 *   is back. TLS: the reader gets a copy, and the landing buffer stays.
 * - *Resting*: the reader has paused, or has as much as it may have. Nothing is read; but TLS hands over every record of what it
 *   has read from the wire (64 KiB at most), also those behind the one at which it was told to stop. They land in the same
 *   place, which is never the reader's then, and are kept as copies until the reader takes them.
 */
export interface ReceiveBuffers {
  /** What the next read goes into. */
  landing(): Buffer
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
  isResting(): boolean
  hasKept(): boolean
  /** Whether something that was kept may go to the reader now. */
  mayDeliverKept(): boolean
  takeKept(): ReceivedChunk
  /** What was kept is not wanted any more. */
  dropKept(): void
  /** The socket is closed: buffers go back to the pool, those of the reader when it has released them. */
  close(): void
}

export function createReceiveBuffers(pool: BufferPool, isSecure: boolean): ReceiveBuffers {
  /** Only a read can exchange it. Over TLS it is never out. */
  let landing = pool.take()
  let landingIsOut = false
  let spare: Buffer | null = null
  /** Buffers that the reader has not released yet, including the read buffer. */
  let out = 0
  let kept: Buffer[] = []
  let isPaused = false
  let isResting = false
  let isClosed = false

  const owned = () => out + (landingIsOut ? 0 : 1) + (spare ? 1 : 0)
  const mayRead = () => !isPaused && !landingIsOut && (spare !== null || out === 0 || owned() < maxBuffers)
  return {
    landing: () => landing,
    onChunk(bytes) {
      const buffer = landing
      const chunk = buffer.subarray(0, bytes)
      if (isResting) {
        kept.push(Buffer.from(chunk))
        return null
      }
      // With this one, the next one and those that are out.
      const next = spare ?? (out + 1 < maxBuffers ? pool.tryTake() : null)
      spare = null
      out += 1
      if (next === null && isSecure) return { bytes: Buffer.from(chunk), buffer: null }
      if (next) landing = next
      else landingIsOut = true
      return { bytes: chunk, buffer }
    },
    onRelease(buffer) {
      out -= 1
      if (buffer === null) return
      if (isClosed) pool.give(buffer)
      else if (buffer === landing) landingIsOut = false
      else if (spare === null) spare = buffer
      else pool.give(buffer)
    },
    pause() {
      isPaused = true
    },
    resume() {
      isPaused = false
    },
    readsOn() {
      isResting = !mayRead()
      return !isResting
    },
    settle() {
      if (kept.length > 0 || isResting !== mayRead()) return null
      isResting = !isResting
      return isResting ? 'pause' : 'resume'
    },
    isResting: () => isResting,
    hasKept: () => kept.length > 0,
    mayDeliverKept: () => kept.length > 0 && !isPaused && out < maxBuffers,
    takeKept() {
      out += 1
      return { bytes: kept.shift()!, buffer: null }
    },
    dropKept() {
      kept = []
    },
    close() {
      if (isClosed) return
      isClosed = true
      if (spare) pool.give(spare)
      if (!landingIsOut) pool.give(landing)
      spare = null
    },
  }
}
