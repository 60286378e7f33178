import { writeFile } from 'node:fs/promises'

const beatEveryMs = 5_000

/**
 * The returned function writes `path`, at most every 5 s: the file's age tells a health check
 * how long ago it was called. Rejects when the file cannot be written at all. With a null path nothing is written.
 */
export async function startHeartbeat(path: string | null, nowMs: () => number): Promise<() => void> {
  if (path === null) return () => {}
  await writeFile(path, '')
  let lastMs = nowMs()
  return () => {
    if (nowMs() - lastMs < beatEveryMs) return
    lastMs = nowMs()
    // The health check notices that the file grows old.
    writeFile(path, '').catch(() => {})
  }
}
