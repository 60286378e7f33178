import type { MemoryBudget } from './memory-budget.ts'
import type { Writing } from './ports.ts'
import { writeWhole } from './write-whole.ts'

/**
 * Keeps bytes in memory until all that were announced are there, and writes them then: storage does not wait with an open
 * request for an origin that is slow, and gives it up.
 */
export function openHeldWriting(
  open: () => Writing,
  bytes: number,
  memory: MemoryBudget,
  signal: AbortSignal,
): Writing {
  const account = memory.open()
  const pieces: Uint8Array[] = []
  let left = bytes
  let fill = () => {}
  let giveUp: (reason: unknown) => void = () => {}
  const filled = new Promise<void>((resolve, reject) => {
    fill = resolve
    giveUp = reject
  })
  const stored = filled.then(() => writeWhole(open, pieces, signal)).finally(account.close)
  stored.catch(() => {})
  return {
    write(chunk, release) {
      account.take(chunk.byteLength, () => {
        pieces.push(Uint8Array.prototype.slice.call(chunk))
        release()
        left -= chunk.byteLength
        if (left === 0) fill()
      })
    },
    stored,
    abort: () => giveUp(new Error('the write was given up')),
  }
}
