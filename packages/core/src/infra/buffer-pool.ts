/**
 * Buffers that sockets read into, for the whole process: however many transfers there are, what is read ahead of the slower
 * side stays within `maxBytes`, beside the one buffer that every connection needs to read at all.
 */
export interface BufferPool {
  /** A connection's first buffer: always there. */
  take(): Buffer
  /** Another one, to read on while the first is written; null when the process has enough of them out. */
  tryTake(): Buffer | null
  /** Whoever has it gives it back once, and does not touch it again. */
  give(buffer: Buffer): void
}

export interface BufferLimits {
  /** Of one buffer: what a single read can bring. */
  bufferBytes: number
  /** Of all buffers that {@link BufferPool.tryTake} has handed out. */
  maxBytes: number
}

const KiB = 1024
/** A quarter of a MiB is where Node's reads stop getting cheaper. */
export const defaultBufferLimits: BufferLimits = { bufferBytes: 256 * KiB, maxBytes: 64 * KiB * KiB }
/** Kept for the next connection; the rest goes back to the system. */
const maxIdleBytes = 64 * KiB * KiB

export function createBufferPool({ bufferBytes, maxBytes }: BufferLimits = defaultBufferLimits): BufferPool {
  const idle: Buffer[] = []
  let out = 0
  const take = () => {
    out += 1
    // Not from Node's own pool: these are handed to the system for reading.
    return idle.pop() ?? Buffer.allocUnsafeSlow(bufferBytes)
  }
  return {
    take,
    tryTake: () => (out * bufferBytes < maxBytes ? take() : null),
    give(buffer) {
      out -= 1
      if (idle.length * bufferBytes < maxIdleBytes) idle.push(buffer)
    },
  }
}
