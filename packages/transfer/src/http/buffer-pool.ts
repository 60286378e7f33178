/**
 * Buffers that sockets read into, for the whole process: however many transfers there are, large ones stay within `maxBytes`
 * together. Beyond that a connection reads into a small one.
 */
export interface BufferPool {
  /** A connection's first buffer: always there. */
  take(): Buffer
  /** A large one, to read on while the first is written; null when the process has enough of them out. */
  tryTake(): Buffer | null
  /** The borrower gives it back once, and does not touch it again. */
  give(buffer: Buffer): void
}

export interface BufferLimits {
  /** Of a large buffer: what a single read can bring. */
  bufferBytes: number
  /** Of a buffer for a connection that gets no large one. */
  smallBytes: number
  /** Of all large buffers, in use or kept for the next connection. */
  maxBytes: number
}

const KiB = 1024
/** A quarter of a MiB is where Node's reads stop getting cheaper; a TLS record is 16 KiB at most (RFC 8446 §5.1). */
export const defaultBufferLimits: BufferLimits = {
  bufferBytes: 256 * KiB,
  smallBytes: 32 * KiB,
  maxBytes: 64 * KiB * KiB,
}

export function createBufferPool({
  bufferBytes,
  smallBytes,
  maxBytes,
}: BufferLimits = defaultBufferLimits): BufferPool {
  const idle: Buffer[] = []
  let largeOut = 0
  const tryTake = () => {
    if ((largeOut + 1) * bufferBytes > maxBytes) return null
    largeOut += 1
    // Not from Node's own pool: these are handed to the system for reading.
    return idle.pop() ?? Buffer.allocUnsafeSlow(bufferBytes)
  }
  return {
    take: () => tryTake() ?? Buffer.allocUnsafeSlow(smallBytes),
    tryTake,
    give(buffer) {
      // Small ones cost next to nothing to make again.
      if (buffer.byteLength < bufferBytes) return
      largeOut -= 1
      idle.push(buffer)
    },
  }
}
