import type { Writing } from '../storage/object-store.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { writeWhole } from './write-with-retry.ts'

/**
 * Keeps bytes in memory until all announced bytes are there, and only then writes them. Storage would give up an open request
 * that waits for a slow origin.
 */
export function openHeldWriting(
  open: () => Writing,
  bytes: number,
  memory: MemoryBudget,
  signal: AbortSignal,
): Writing {
  const account = memory.open()
  const pieces: Uint8Array[] = []
  /** Releases of the chunks that wait for memory, to be called when the write ends before they get it. */
  const waiting = new Set<() => void>()
  let isOver = false
  let left = bytes
  let fill = () => {}
  let giveUp: (reason: unknown) => void = () => {}
  const filled = new Promise<void>((resolve, reject) => {
    fill = resolve
    giveUp = reject
  })
  const end = () => {
    isOver = true
    account.close()
    for (const release of waiting) release()
    waiting.clear()
  }
  const stored = filled.then(() => writeWhole(open, pieces, signal)).finally(end)
  stored.catch(() => {})
  return {
    write(chunk, release) {
      if (isOver) return release()
      waiting.add(release)
      account.take(chunk.byteLength, () => {
        waiting.delete(release)
        pieces.push(Uint8Array.prototype.slice.call(chunk))
        left -= chunk.byteLength
        if (left === 0) fill()
        release()
      })
    },
    stored,
    abort() {
      isOver = true
      giveUp(new Error('the write was given up'))
    },
  }
}
