import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ListedObject, ListedUpload } from '../object-store.ts'
import { errorCode } from './durable-write.ts'

/** Directories are read one at a time, sorted, so that a page begins where the last one ended. `after` is a key. */
export async function listFiles(
  objects: string,
  prefix: string,
  after: string | null,
  most: number,
): Promise<{ objects: ListedObject[]; next: string | null }> {
  const found: ListedObject[] = []
  const isWanted = (key: string, isDirectory: boolean) =>
    key.startsWith(prefix) || (isDirectory && prefix.startsWith(`${key}/`))
  for await (const key of filesBehind(objects, '', after === null ? [] : after.split('/'), isWanted)) {
    const file = await gone(stat(join(objects, key)))
    if (file?.isFile()) found.push({ key, bytes: file.size, modifiedAt: file.mtime })
    if (found.length === most) return { objects: found, next: key }
  }
  return { objects: found, next: null }
}

/** `after` is an upload's id. */
export async function listUploadFolders(
  uploads: string,
  prefix: string,
  after: string | null,
  most: number,
): Promise<{ uploads: ListedUpload[]; next: string | null }> {
  const found: ListedUpload[] = []
  for (const name of ((await gone(readdir(uploads))) ?? []).sort()) {
    if (after !== null && name <= after) continue
    const path = join(uploads, name, 'key')
    const [key, file] = [await gone(readFile(path, 'utf8')), await gone(stat(path))]
    if (key === null || file === null || !key.startsWith(prefix)) continue
    found.push({ key, uploadId: name, begunAt: file.mtime })
    if (found.length === most) return { uploads: found, next: name }
  }
  return { uploads: found, next: null }
}

/** Keys in the order of their segments, behind the one with the segments `after`. */
async function* filesBehind(
  root: string,
  above: string,
  [first, ...rest]: readonly string[],
  isWanted: (key: string, isDirectory: boolean) => boolean,
): AsyncIterable<string> {
  const entries = (await gone(readdir(join(root, above), { withFileTypes: true }))) ?? []
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    if (first !== undefined && entry.name < first) continue
    const key = `${above}${entry.name}`
    const isFirst = entry.name === first
    if (!isWanted(key, entry.isDirectory())) continue
    if (entry.isDirectory()) yield* filesBehind(root, `${key}/`, isFirst ? rest : [], isWanted)
    else if (!isFirst) yield key
  }
}

/** Null when it went meanwhile. */
async function gone<T>(found: Promise<T>): Promise<T | null> {
  return found.catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return null
    throw error
  })
}
