import { spawnSync } from 'node:child_process'
import { type FileHandle, open } from 'node:fs/promises'
import { pid, platform } from 'node:process'

/** BSD's open flags for "lock while opening" and "do not wait for it"; Node has no names for them. */
const bsdExclusiveLock = 0x20
const nonBlocking = 0x04
const readWriteCreate = { linux: 0o2 | 0o100, bsd: 0x2 | 0x200 }

interface DirectoryLock {
  release(): Promise<void>
}

/**
 * Takes `directory` (which must exist) for this process alone. The kernel holds the lock and drops it when the process
 * ends in whatever way, so it can neither go stale nor be raced for.
 * Errors: one sentence naming the process that has it, or why the folder cannot be written.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const path = `${directory}/lock`
  const handle = await openLockFile(path).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === 'EAGAIN') throw await inUse(directory, path)
    throw new Error(`DATA_DIR ${directory} cannot be written (${error.code})`)
  })
  if (platform === 'linux' && !flock(handle.fd)) {
    await handle.close()
    throw await inUse(directory, path)
  }
  await handle.truncate(0)
  await handle.write(`${pid}\n`, 0)
  return { release: () => handle.close() }
}

async function openLockFile(path: string): Promise<FileHandle> {
  if (platform === 'linux') return open(path, readWriteCreate.linux, 0o600)
  return open(path, readWriteCreate.bsd | bsdExclusiveLock | nonBlocking, 0o600)
}

/**
 * flock(2) belongs to the open file, not to the process that asked for it: the program locks the descriptor it inherits
 * and leaves, and the lock stays until this process closes the file or dies (flock(1), "exec 9>lock; flock -n 9").
 */
function flock(fd: number): boolean {
  const { status, error } = spawnSync('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] })
  if (error) throw new Error('The embedded PostgreSQL needs the program flock (package util-linux)')
  return status === 0
}

async function inUse(directory: string, path: string): Promise<Error> {
  const file = await open(path, 'r').catch(() => null)
  const holder = (await file?.readFile('utf8'))?.trim()
  await file?.close()
  return new Error(`DATA_DIR ${directory} is in use by process ${holder || 'unknown'}`)
}
