import { writeFile } from 'node:fs/promises'

const beatEveryMs = 5_000

/**
 * Writes `path` now and then, at most every 5 s, whenever the returned function is called: its age tells a health check
 * how long ago that was. Rejects when the file cannot be written at all. Null: nothing is written.
 */
export async function startHeartbeat(path: string | null, nowMs: () => number): Promise<() => void> {
  if (path === null) return () => {}
  await writeFile(path, '')
  let lastMs = nowMs()
  return () => {
    if (nowMs() - lastMs < beatEveryMs) return
    lastMs = nowMs()
    // The health check sees that it grows old.
    writeFile(path, '').catch(() => {})
  }
}
