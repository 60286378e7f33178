import { setTimeout as sleep } from 'node:timers/promises'
import { StorageUnavailable, type Writing } from '../storage/object-store.ts'

/** The pauses before further tries. */
const restsMs = [100, 500, 2_000]

/**
 * Writes complete bytes, again when storage fails for a moment. Resolves with the receipt. Throws what the last try threw.
 */
export async function writeWhole(
  open: () => Writing,
  chunks: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<string> {
  for (let tries = 0; ; tries++) {
    const writing = open()
    for (const chunk of chunks) writing.write(chunk, () => {})
    try {
      return await writing.stored
    } catch (error) {
      const restMs = restsMs[tries]
      if (!(error instanceof StorageUnavailable) || restMs === undefined) throw error
      await sleep(restMs, undefined, { signal })
    }
  }
}
