/** Bytes that wait for more. However small the pieces are, appending them costs in all what their bytes cost. */
interface HeldBytes {
  isEmpty(): boolean
  /** A view of them, until the next call. */
  bytes(): Buffer
  append(piece: Uint8Array): void
  /** Drops so many of the first bytes. */
  drop(bytes: number): void
}

const firstBytes = 4 * 1024

export function createHeldBytes(): HeldBytes {
  let buffer = Buffer.alloc(0)
  let start = 0
  let end = 0
  return {
    isEmpty: () => start === end,
    bytes: () => buffer.subarray(start, end),
    append(piece) {
      if (end + piece.length > buffer.length) {
        const grown = Buffer.allocUnsafe(Math.max(firstBytes, 2 * (end - start + piece.length)))
        buffer.copy(grown, 0, start, end)
        end -= start
        start = 0
        buffer = grown
      }
      buffer.set(piece, end)
      end += piece.length
    },
    drop(bytes) {
      start += bytes
    },
  }
}
