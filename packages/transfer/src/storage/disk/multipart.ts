import { randomUUID } from 'node:crypto'
import { type FileHandle, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { syncDirectory } from '@backhaul/durable-files'
import { type PartSpec, type StoredPart, UploadGone, type Writing } from '../object-store.ts'
import { closing, ensureDirectory, errorCode, place, writeSynced } from './durable-write.ts'
import { openFileWrite } from './part-file.ts'

// An upload is a directory: `key`, the object's, `data`, the bytes at their offsets, and one small record per part, named by its number and
// written after the part's bytes are synced. Therefore a power cut cannot lose the bytes of a record.
// The upload exists as long as `data` does; completing it takes `data` away in one step.

interface Part extends StoredPart {
  offset: number
}

/** Begins an upload for an object below `uploads` and returns its id. */
export async function beginUpload(uploads: string, key: string): Promise<string> {
  const uploadId = randomUUID()
  const directory = join(uploads, uploadId)
  await ensureDirectory(directory)
  await writeSynced(join(directory, 'key'), key)
  await writeSynced(join(directory, 'data'), '')
  await syncDirectory(directory)
  return uploadId
}

/** The uploads below `uploads` that have begun for an object. */
export function uploadsFor(uploads: string, key: string): Promise<string[]> {
  return findUploads(uploads, (itsKey) => itsKey === key)
}

/** Some of those for objects whose keys begin so. */
export async function uploadsBelow(uploads: string, prefix: string, most: number): Promise<string[]> {
  return (await findUploads(uploads, (itsKey) => itsKey.startsWith(prefix))).slice(0, most)
}

async function findUploads(uploads: string, isWanted: (key: string) => boolean): Promise<string[]> {
  const found: string[] = []
  const names = await readdir(uploads).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  })
  for (const name of names) {
    const itsKey = await readFile(join(uploads, name, 'key'), 'utf8').catch((error: unknown) => {
      if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return null
      throw error
    })
    if (itsKey !== null && isWanted(itsKey)) found.push(name)
  }
  return found
}

/** The directory of an upload. Throws UploadGone for an id that we cannot have made. */
export function uploadDirectory(uploads: string, uploadId: string): string {
  if (!/^[0-9a-f-]{36}$/.test(uploadId)) throw new UploadGone('not an upload id')
  return join(uploads, uploadId)
}

/** Writes a part to its offset. The receipt is a random name, so a part that is written again has another receipt. */
export function openPart(directory: string, part: PartSpec, signal?: AbortSignal): Writing {
  const record = join(directory, String(part.number))
  return openFileWrite(
    {
      bytes: part.bytes,
      offset: part.offset,
      async open() {
        const data = await openData(directory)
        // The old record must be durably gone before its bytes change.
        if (await exists(record)) {
          await rm(record, { force: true })
          await syncDirectory(directory)
        }
        return data
      },
      async settle(data, receipt) {
        await closing(data, () => data.datasync())
        await writeSynced(record, `${part.offset} ${part.bytes} ${receipt}\n`)
        await syncDirectory(directory)
      },
      undo: (data) => data.close(),
    },
    signal,
  )
}

/** The parts on record, ascending; null when the upload is not there. */
export async function readParts(directory: string): Promise<Part[] | null> {
  if (!(await exists(join(directory, 'data')))) return null
  const names = (await readdir(directory)).filter((name) => /^\d+$/.test(name))
  const parts = await Promise.all(names.map((name) => readRecord(directory, name)))
  return parts.filter((part) => part !== null).sort((a, b) => a.number - b.number)
}

/** Makes the parts the file at `target`. Throws UploadGone when the upload or one of the parts is not there. */
export async function completeUpload(directory: string, target: string, wanted: StoredPart[]): Promise<void> {
  const stored = new Map((await readParts(directory))?.map((part) => [part.number, part]))
  let total = 0
  for (const part of wanted.toSorted((a, b) => a.number - b.number)) {
    const found = stored.get(part.number)
    if (found?.bytes !== part.bytes || found.receipt !== part.receipt) throw new UploadGone('a part is not there')
    if (found.offset !== total) throw new Error('the parts of an upload must follow each other without a gap')
    total += found.bytes
  }
  const data = await openData(directory)
  await closing(data, async () => {
    await data.truncate(total)
    await data.sync()
  })
  await place(join(directory, 'data'), target, rename)
  await rm(directory, { recursive: true, force: true })
}

async function openData(directory: string): Promise<FileHandle> {
  try {
    return await open(join(directory, 'data'), 'r+')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw new UploadGone('the upload is not there')
    throw error
  }
}

/** A record that a crash left empty or half-written counts as none: its part was never acknowledged. */
async function readRecord(directory: string, name: string): Promise<Part | null> {
  const text = await readFile(join(directory, name), 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return ''
    throw error
  })
  const [, offset, bytes, receipt] = /^(\d+) (\d+) ([0-9a-f]{16})\n$/.exec(text) ?? []
  return receipt === undefined ? null : { number: Number(name), offset: Number(offset), bytes: Number(bytes), receipt }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}
