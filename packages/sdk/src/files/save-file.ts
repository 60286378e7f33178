import { BackhaulError } from '../errors.ts'
import type { Task, TaskFile } from '../generated/types.ts'
import type { Transport } from '../http/transport.ts'
import { createBlockWriter } from './block-writer.ts'
import { type Checksum, checksumOf } from './checksum.ts'
import { existsAlready, giveName, syncFolder } from './file-name.ts'
import { inTurn } from './in-turn.ts'
import { createLinkOpener } from './node-link.ts'
import { node } from './node-modules.ts'
import { type ReadOptions, readFile } from './read-file.ts'

export interface SaveOptions extends Omit<ReadOptions, 'offset'> {
  /** Whether another file that is at the path already is replaced. Default: false, and the call fails with the code `EEXIST`. */
  overwrite?: boolean | undefined
  /** Called for every chunk, and at first with what an earlier call had stored. In bytes. */
  onProgress?: ((progress: { received: number; total: number }) => void) | undefined
}

export interface SavedFile {
  path: string
  bytes: number
  /** How many bytes an earlier call had stored; all of them when the file was there. */
  resumedAt: number
  /** What the file was checked with. */
  checksum: 'sha256' | 'crc32'
}

/** What a task's file is saved by: a task as the API shows it, or as an event tells of it. */
export interface TaskWithFile {
  id: string
  file: TaskFile
  response?: Task['response'] | undefined
}

const blockBytes = 1024 * 1024

/**
 * One save after the other at a path: an event that is told again while its file is being saved finds it there.
 * Rejects as `save` does.
 */
export function saveFile(
  transport: Transport,
  task: TaskWithFile,
  path: string,
  options: SaveOptions,
): Promise<SavedFile> {
  return inTurn(path, options.signal, () => save(transport, task, path, options))
}

/**
 * Writes `<path>.<task id>.part`, goes on with what is there of it, compares the checksum, and only then gives it its name. A file of a
 * task never changes, so a part of it stays good. When the file is there already, all is done.
 */
async function save(
  transport: Transport,
  task: TaskWithFile,
  path: string,
  { overwrite = false, onProgress, ...options }: SaveOptions,
): Promise<SavedFile> {
  const { open, unlink, stat } = await node('fs/promises')
  const { bytes } = task.file
  if (!overwrite && (await stat(path).catch(() => null))) {
    const there = await checksumOf(task.file)
    if (!(await holds(path, there, bytes))) throw existsAlready(path)
    onProgress?.({ received: bytes, total: bytes })
    await syncFolder(path)
    return { path, bytes, resumedAt: bytes, checksum: there.name }
  }
  const part = `${path}.${task.id}.part`
  const handle = await open(part, 'a+')
  const checksum = await checksumOf(task.file)
  let received = 0
  try {
    received = await takeUp(handle, checksum, bytes)
    onProgress?.({ received, total: bytes })
    const resumedAt = received
    if (received < bytes) {
      const writer = createBlockWriter(handle)
      try {
        const given = { ...options, offset: received }
        const openLink = createLinkOpener(bytes - received, Boolean(task.response?.contentEncoding))
        for await (const chunk of readFile(transport, task.id, given, openLink)) {
          await writer.write(chunk)
          checksum.update(chunk)
          received += chunk.length
          onProgress?.({ received, total: bytes })
          // It is not the file, and may have no end.
          if (received > bytes) break
        }
      } finally {
        // What has come is kept for the next call, whatever ended this one.
        await writer.flush()
      }
    }
    await handle.sync()
    const stored = (await handle.stat()).size
    if (stored !== bytes || !checksum.agrees()) {
      await unlink(part)
      // What an earlier call had left was to blame, or may have been.
      if (resumedAt > 0) return await save(transport, task, path, { overwrite, onProgress, ...options })
      throw notTheFile(task, path, stored)
    }
    await giveName(part, path, overwrite)
    await syncFolder(path)
    return { path, bytes, resumedAt, checksum: checksum.name }
  } catch (error) {
    // What holds nothing is no use to the next call; what the disk has not taken would look good to it, and be gone after a power cut.
    const isLost = /sync$/.test((error as { syscall?: string }).syscall ?? '')
    if (isLost || (await handle.stat()).size === 0) await unlink(part).catch(() => {})
    throw error
  } finally {
    await handle.close()
  }
}

/** Whether the file at the path is this one. What cannot be read is not. */
async function holds(path: string, checksum: Checksum, bytes: number): Promise<boolean> {
  const { open, stat } = await node('fs/promises')
  const found = await stat(path).catch(() => null)
  if (!found?.isFile() || found.size !== bytes) return false
  const handle = await open(path, 'r').catch(() => null)
  if (handle === null) return false
  try {
    return (await takeUp(handle, checksum, bytes)) === bytes && checksum.agrees()
  } finally {
    await handle.close()
  }
}

type FileHandle = Awaited<ReturnType<typeof import('node:fs/promises')['open']>>

/** How many bytes an earlier call has left, which are now in the checksum. */
async function takeUp(handle: FileHandle, checksum: Checksum, bytes: number): Promise<number> {
  const { size } = await handle.stat()
  if (size > bytes) {
    await handle.truncate(0)
    return 0
  }
  const block = new Uint8Array(Math.min(blockBytes, size))
  let position = 0
  while (position < size) {
    const { bytesRead } = await handle.read(block, 0, block.length, position)
    if (bytesRead === 0) break
    checksum.update(block.subarray(0, bytesRead))
    position += bytesRead
  }
  return position
}

function notTheFile({ id, file }: TaskWithFile, path: string, stored: number): BackhaulError {
  const what = stored === file.bytes ? 'the checksum differs' : `${stored} instead of ${file.bytes} bytes`
  return new BackhaulError({
    code: 'file_damaged',
    status: 0,
    detail: `what came for ${path} is not the file of ${id}: ${what}`,
    fix: 'Save it again; nothing of it was kept.',
  })
}
