/**
 * The buffers that the sockets of a process read into. However many transfers there are, the large buffers stay within
 * `maxBytes` together; beyond that a connection reads into a small one.
 */
export interface BufferPool {
  /** A connection's first buffer. It is always granted, if need be a small one. */
  take(): Buffer
  /** A large buffer, to read on while the first is written; null when the process has enough in use. */
  tryTake(): Buffer | null
  /** Gives a buffer back. The borrower calls it once and does not touch the buffer again. */
  give(buffer: Buffer): void
}

interface BufferLimits {
  /** Size of a large buffer, which is the most that a single read can bring. */
  bufferBytes: number
  /** Size of the buffer of a connection that gets no large one. */
  smallBytes: number
  /** Size of all large buffers together, in use or kept for the next connection. */
  maxBytes: number
}

const KiB = 1024
/** A quarter of a MiB is where Node's reads stop getting cheaper; a TLS record is 16 KiB at most (RFC 8446 §5.1). */
const defaultBufferLimits: BufferLimits = {
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
    // Not from Node's own pool, because the system reads into these buffers.
    return idle.pop() ?? Buffer.allocUnsafeSlow(bufferBytes)
  }
  return {
    take: () => tryTake() ?? Buffer.allocUnsafeSlow(smallBytes),
    tryTake,
    give(buffer) {
      // Small buffers are dropped: making one costs next to nothing.
      if (buffer.byteLength < bufferBytes) return
      largeOut -= 1
      idle.push(buffer)
    },
  }
}
