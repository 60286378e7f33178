/** The files that the measures of transfers fetch. */
import { createCipheriv, createHash } from 'node:crypto'
import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export const MiB = 1024 * 1024
export const GiB = 1024 * MiB

export interface TestFile {
  name: string
  bytes: number
  /** Hex. */
  sha256: string
}

/** A file without a pattern, the same in every run. */
export async function makeFile(folder: string, name: string, bytes: number): Promise<TestFile> {
  const stream = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16))
  const hash = createHash('sha256')
  const zeros = Buffer.alloc(4 * MiB)
  function* chunks() {
    for (let offset = 0; offset < bytes; offset += zeros.length) {
      const chunk = stream.update(zeros.subarray(0, Math.min(zeros.length, bytes - offset)))
      hash.update(chunk)
      yield chunk
    }
  }
  await writeFile(join(folder, name), chunks())
  return { name, bytes, sha256: hash.digest('hex') }
}

/** A file of zeros that takes no room: for measures that do not look at bytes. */
export async function makeSparseFile(folder: string, name: string, bytes: number): Promise<void> {
  await writeFile(join(folder, name), '')
  await truncate(join(folder, name), bytes)
}

export async function digestOf(body: AsyncIterable<Uint8Array>): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    hash.update(chunk)
  }
  return { bytes, sha256: hash.digest('hex') }
}

/** "64 MiB", "1 GiB" ↔ bytes. */
export function sizeName(bytes: number): string {
  return bytes >= GiB ? `${bytes / GiB} GiB` : `${bytes / MiB} MiB`
}
export function parseSize(text: string): number {
  const found = /^(\d+) ?(MiB|GiB)$/i.exec(text.trim())
  if (!found) throw new Error(`${text} is no size such as 64MiB or 1GiB`)
  return Number(found[1]) * (found[2]!.toLowerCase() === 'gib' ? GiB : MiB)
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return Number.isInteger(middle) ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!
}
