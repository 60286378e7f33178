import { createReadStream } from 'node:fs'
import { link, opendir, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type LinkOptions, type ObjectStore, StorageUnavailable, UploadGone } from '../object-store.ts'
import { isObjectKey } from '../rules/object-key.ts'
import { ensureDirectory, errorCode, place, removeAbandoned, removeWithin } from './durable-write.ts'
import { onDisk } from './errors.ts'
import { listFiles, listUploadFolders } from './list.ts'
import {
  beginUpload,
  completeUpload,
  openPart,
  readParts,
  uploadDirectory,
  uploadsBelow,
  uploadsFor,
} from './multipart.ts'
import { openWhole } from './whole-object.ts'

const readBytes = 256 * 1024

/** The content of a link. `signLink` makes it a path that only this installation can make. */
export interface FileLinkClaims {
  key: string
  filename: string
  mimeType: string
  /** Null, or absent in older links: none. */
  contentEncoding?: string | null
  expiresAtMs: number
}

export interface FileObjects extends ObjectStore {
  /** The absolute path, size and strong ETag of an object, for the API to stream; null when there is none. */
  open(key: string): Promise<{ path: string; bytes: number; etag: string } | null>
}

/**
 * The object store under a directory: `objects/<key>` and `uploads/<uploadId>/`. What a call has stored survives a power
 * cut once the call has returned. Several processes may share the directory.
 * A file system cannot hold an object below another one, so there `copy` reports that another object is in the way.
 */
export function createFileObjects(options: {
  directory: string
  signLink(claims: FileLinkClaims): string
}): FileObjects {
  const objects = resolve(options.directory, 'objects')
  const uploads = resolve(options.directory, 'uploads')

  const pathOf = (key: string): string => {
    if (!isObjectKey(key)) throw new RangeError('not an object key')
    return join(objects, key)
  }
  const find = async (key: string) => {
    const path = pathOf(key)
    const found = await statOrNull(path)
    return found?.isFile() ? { path, bytes: found.size, etag: etagOf(found) } : null
  }

  return {
    openObject: (object, bytes, signal) => openWhole(uploads, pathOf(object.key), bytes, signal),
    begin: (object, signal) =>
      onDisk(async () => {
        pathOf(object.key)
        signal?.throwIfAborted()
        return { key: object.key, uploadId: await beginUpload(uploads, object.key) }
      }),
    openPart: (upload, part, signal) => openPart(uploadDirectory(uploads, upload.uploadId), part, signal),
    listParts: (upload) =>
      onDisk(async () => {
        const parts = await readParts(uploadDirectory(uploads, upload.uploadId))
        return parts === null ? null : parts.map(({ number, bytes, receipt }) => ({ number, bytes, receipt }))
      }).catch((error: unknown) => {
        if (error instanceof UploadGone) return null
        throw error
      }),
    complete: (upload, parts, { signal } = {}) =>
      onDisk(async () => {
        const target = pathOf(upload.key)
        if (parts.length === 0) throw new RangeError('an upload is completed from at least one part')
        signal?.throwIfAborted()
        await completeUpload(uploadDirectory(uploads, upload.uploadId), target, parts)
      }),
    abort: ({ key, uploadId }) =>
      onDisk(async () => {
        for (const id of uploadId === null ? await uploadsFor(uploads, key) : [uploadId])
          await rm(uploadDirectory(uploads, id), { recursive: true, force: true })
      }).catch((error: unknown) => {
        if (!(error instanceof UploadGone)) throw error
      }),
    async *read(key, signal) {
      const found = await onDisk(() => find(key))
      if (!found) throw new StorageUnavailable('the object is not there')
      yield* createReadStream(found.path, { signal, highWaterMark: readBytes }) as AsyncIterable<Buffer>
    },
    head: (key) =>
      onDisk(async () => {
        const found = await find(key)
        return found && { bytes: found.bytes }
      }),
    copy: (from, to, signal) =>
      onDisk(async () => {
        signal?.throwIfAborted()
        return await copyFile(pathOf(from), pathOf(to))
      }),
    remove: (key) =>
      onDisk(async () => {
        if (await find(key)) await removeWithin(objects, pathOf(key))
      }),
    removeBelow: (prefix, most) =>
      onDisk(async () => {
        const left = await uploadsBelow(uploads, `${prefix}/`, most)
        for (const id of left) await rm(uploadDirectory(uploads, id), { recursive: true, force: true })
        const files = await filesBelow(pathOf(prefix), most)
        for (const path of files) await removeWithin(objects, path)
        return left.length + files.length
      }),
    listObjects: (prefix, after, most) => onDisk(() => listFiles(objects, prefix, after, most)),
    listUploads: (prefix, after, most) => onDisk(() => listUploadFolders(uploads, prefix, after, most)),
    link: async (key, { filename, mimeType, contentEncoding = null, expiresInSeconds }: LinkOptions) => {
      pathOf(key)
      const expiresAtMs = Date.now() + expiresInSeconds * 1000
      return options.signLink({ key, filename, mimeType, ...(contentEncoding && { contentEncoding }), expiresAtMs })
    },
    check: () =>
      onDisk(async () => {
        await ensureDirectory(uploads)
        await removeAbandoned(uploads, Date.now())
        const probe = await beginUpload(uploads, 'probe')
        await rm(join(uploads, probe), { recursive: true, force: true })
      }),
    close: async () => {},
    open: (key) => onDisk(() => find(key)),
  }
}

/**
 * Gives the file a second name: link(2) never overwrites, and needs no space. The names are independent afterwards, because an
 * object's bytes are never changed, only replaced as a whole.
 */
async function copyFile(from: string, to: string): Promise<boolean> {
  const source = await statOrNull(from)
  if (!source?.isFile()) throw new RangeError('there is no object to copy')
  try {
    await place(from, to, link)
    return true
  } catch (error) {
    // EEXIST: something is there. ENOTDIR: an object is where a directory of the target would have to be.
    if (!['EEXIST', 'ENOTDIR'].includes(errorCode(error) ?? '')) throw error
    const target = await statOrNull(to)
    return target?.ino === source.ino && target.dev === source.dev
  }
}

/** The ETag of an object. An object is never changed, only replaced by another file, so the inode and the time of writing identify its version. */
function etagOf({ ino, size, mtimeMs }: { ino: number; size: number; mtimeMs: number }): string {
  return `"${[ino, size, Math.round(mtimeMs * 1_000)].map((part) => part.toString(36)).join('-')}"`
}

/** Some files below a directory, at any depth; fewer than there are when a directory goes meanwhile. */
async function filesBelow(directory: string, most: number): Promise<string[]> {
  const found: string[] = []
  try {
    for await (const entry of await opendir(directory, { recursive: true })) {
      if (entry.isFile()) found.push(join(entry.parentPath, entry.name))
      if (found.length === most) break
    }
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) throw error
  }
  return found
}

async function statOrNull(path: string) {
  try {
    return await stat(path)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return null
    throw error
  }
}
