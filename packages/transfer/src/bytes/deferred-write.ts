import type { Writing } from '../storage/object-store.ts'

/** Opens a write when `ready` has resolved. Until then it keeps the bytes that it is given, without releasing them. */
export function openWhen(ready: Promise<unknown>, open: () => Writing): Writing {
  let writing: Writing | null = null
  let isOver = false
  let waiting: { bytes: Uint8Array; release: () => void }[] = []
  const flush = (take: (bytes: Uint8Array, release: () => void) => void) => {
    for (const { bytes, release } of waiting) take(bytes, release)
    waiting = []
  }
  const stored = ready.then(() => {
    if (isOver) throw new Error('the write was given up')
    writing = open()
    flush(writing.write)
    return writing.stored
  })
  stored.catch(() => {
    isOver = true
    flush((_, release) => release())
  })
  return {
    write(bytes, release) {
      if (writing) writing.write(bytes, release)
      else if (isOver) release()
      else waiting.push({ bytes, release })
    },
    stored,
    abort() {
      isOver = true
      writing?.abort()
      flush((_, release) => release())
    },
  }
}
