type FileHandle = Awaited<ReturnType<typeof import('node:fs/promises')['open']>>

/** Chunks of a fast link are small; a write for each would take longer than the link. Two blocks stay in the cache of a core. */
const blockBytes = 512 * 1024
/** The disk is told to begin with so much, so that little is left for the end. */
const syncBytes = 32 * 1024 * 1024
/** A disk that is slower than the link is waited for now rather than at the end, when nothing seems to happen any more. */
const maxUnsyncedBytes = 256 * 1024 * 1024

export interface BlockWriter {
  /** Takes the chunk. Throws what an earlier write said; nothing is written behind one that failed. */
  write(chunk: Uint8Array): Promise<void>
  /** Writes what has been taken. */
  flush(): Promise<void>
}

/** Appends to a file in blocks: one is written while the next is filled, and the disk is busy with those before. */
export function createBlockWriter(handle: Pick<FileHandle, 'writeFile' | 'datasync'>): BlockWriter {
  let block = new Uint8Array(blockBytes)
  let other = new Uint8Array(blockBytes)
  let filled = 0
  let writing: Promise<void> = Promise.resolve()
  let syncing: Promise<void> | null = null
  let unsyncedBytes = 0
  /** What the disk has not taken is told of once only: the next sync would succeed. */
  let refusal: { error: unknown } | null = null

  const sync = async () => {
    unsyncedBytes = 0
    await handle.datasync().catch((error) => {
      refusal = { error }
    })
    syncing = null
  }
  const append = async (bytes: Uint8Array) => {
    if (refusal) throw refusal.error
    await handle.writeFile(bytes)
    unsyncedBytes += bytes.length
    if (unsyncedBytes >= maxUnsyncedBytes) await syncing
    if (unsyncedBytes >= syncBytes) syncing ??= sync()
  }
  const begin = async () => {
    await writing
    if (filled === 0) return
    writing = append(block.subarray(0, filled))
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
      await syncing
      if (refusal) throw refusal.error
    },
  }
}
