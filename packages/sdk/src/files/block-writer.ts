type FileHandle = Awaited<ReturnType<typeof import('node:fs/promises')['open']>>

/** Chunks of a fast link are small; a write for each would take longer than the link. */
const blockBytes = 1024 * 1024

export interface BlockWriter {
  /** Takes the chunk. Throws what an earlier write said; nothing is written behind one that failed. */
  write(chunk: Uint8Array): Promise<void>
  /** Writes what has been taken. */
  flush(): Promise<void>
}

/** Appends to a file in blocks: one is written while the next is filled. */
export function createBlockWriter(handle: Pick<FileHandle, 'writeFile'>): BlockWriter {
  let block = new Uint8Array(blockBytes)
  let other = new Uint8Array(blockBytes)
  let filled = 0
  let writing: Promise<void> = Promise.resolve()
  const begin = async () => {
    await writing
    if (filled === 0) return
    writing = handle.writeFile(block.subarray(0, filled))
    // Whoever writes next is told.
    writing.catch(() => {})
    ;[block, other] = [other, block]
    filled = 0
  }
  return {
    async write(chunk) {
      for (let at = 0; at < chunk.length; ) {
        const part = chunk.subarray(at, at + blockBytes - filled)
        block.set(part, filled)
        filled += part.length
        at += part.length
        if (filled === blockBytes) await begin()
      }
    },
    async flush() {
      await begin()
      await writing
    },
  }
}
