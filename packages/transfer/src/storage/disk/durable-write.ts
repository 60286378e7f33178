import { type FileHandle, type link, open, readdir, type rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeDirectory, syncDirectory } from '@backhaul/durable-files'

// A file is on disk when it and the directory that names it are both synced (fsync(2)). Everything here returns only then.

const dayMs = 86_400_000

/** The code of a file system error (`ENOENT` …), or undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Makes a directory, with those above it, durably. */
export async function ensureDirectory(directory: string): Promise<void> {
  const first = await makeDirectory(directory)
  if (first === undefined) return
  for (let made = directory; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made))
}

/** Writes or replaces a file and syncs it, but not its directory. */
export async function writeSynced(path: string, body: Uint8Array | string): Promise<void> {
  const handle = await open(path, 'w', 0o600)
  await closing(handle, async () => {
    await handle.writeFile(body)
    await handle.sync()
  })
}

/** Runs `work` on an open file and closes the file in any case. */
export async function closing<T>(file: FileHandle, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } finally {
    await file.close()
  }
}

/** Puts `source` at `target` by rename or link. Tries again when another process's {@link prune} has removed the directory in between. */
export async function place(source: string, target: string, how: typeof rename | typeof link): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await ensureDirectory(dirname(target))
      await how(source, target)
      break
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || attempt === 20) throw error
    }
  }
  await syncNames(dirname(target))
}

/** Removes a file, durably, and the directories below `root` that this leaves empty. */
export async function removeWithin(root: string, path: string): Promise<void> {
  await rm(path, { force: true })
  await syncNames(dirname(path))
  await prune(root, dirname(path))
}

/** Syncs a directory. One that was pruned in the meantime has no names left to lose. */
async function syncNames(directory: string): Promise<void> {
  await syncDirectory(directory).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error
  })
}

async function prune(root: string, directory: string): Promise<void> {
  try {
    for (let empty = directory; empty !== root; empty = dirname(empty)) await rmdir(empty)
  } catch {
    // Not empty, or already gone: nothing to do.
  }
}

/** Removes the temporary files of processes that died while writing. No write lasts a day. */
export async function removeAbandoned(asideDirectory: string, nowMs: number): Promise<void> {
  for (const name of await readdir(asideDirectory)) {
    if (!name.startsWith('put-')) continue
    const path = join(asideDirectory, name)
    const found = await stat(path).catch(() => null)
    if (found && nowMs - found.mtimeMs > dayMs) await rm(path, { force: true })
  }
}
