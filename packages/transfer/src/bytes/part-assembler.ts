import type { MemoryAccount, MemoryBudget } from './memory-budget.ts'

/** Borrowed bytes: the reader calls `release` when it is done with them. */
export interface Chunk {
  bytes: Uint8Array
  release(): void
}

/** A part in memory, in the pieces in which it came. */
interface AssembledPart {
  number: number
  bytes: number
  pieces: Uint8Array[]
  last: boolean
}

/**
 * Cuts a stream into parts that are held in memory, each until the next one is asked for. While the memory budget is used up, the
 * stream waits. `partBytes(n)` is the size of part n. The last part is the rest, which is empty only when the stream is.
 */
export async function* inParts(
  chunks: AsyncIterable<Chunk>,
  firstNumber: number,
  partBytes: (number: number) => number,
  budget: MemoryBudget,
): AsyncGenerator<AssembledPart> {
  let number = firstNumber
  let pieces: Uint8Array[] = []
  let bytes = 0
  let account: MemoryAccount = budget.open()
  try {
    for await (const chunk of chunks) {
      for (let rest = chunk.bytes; rest.byteLength > 0; ) {
        // A full part is yielded only when more bytes follow, because only then is it known not to be the last.
        if (bytes === partBytes(number)) {
          yield { number, bytes, pieces, last: false }
          account.close()
          account = budget.open()
          number += 1
          pieces = []
          bytes = 0
        }
        const taken = rest.subarray(0, partBytes(number) - bytes)
        await new Promise<void>((resolve) => account.take(taken.byteLength, resolve))
        pieces.push(Uint8Array.prototype.slice.call(taken))
        bytes += taken.byteLength
        rest = rest.subarray(taken.byteLength)
      }
      chunk.release()
    }
    yield { number, bytes, pieces, last: true }
  } finally {
    account.close()
  }
}
