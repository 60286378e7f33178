import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Writing } from '../object-store.ts'
import { closing, ensureDirectory, place } from './durable-write.ts'
import { openFileWrite } from './part-file.ts'

/** Writes a whole file to a temporary name, then moves it to `target` in one step, replacing a file there. */
export function openWhole(asideDirectory: string, target: string, bytes: number, signal?: AbortSignal): Writing {
  const aside = join(asideDirectory, `put-${randomUUID()}`)
  return openFileWrite(
    {
      bytes,
      offset: 0,
      async open() {
        await ensureDirectory(asideDirectory)
        return await open(aside, 'w', 0o600)
      },
      async settle(file) {
        await closing(file, () => file.sync())
        await place(aside, target, rename)
      },
      async undo(file) {
        await file.close().catch(() => {})
        await rm(aside, { force: true })
      },
    },
    signal,
  )
}
