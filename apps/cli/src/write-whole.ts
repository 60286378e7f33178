import { randomUUID } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'

/**
 * Writes a file that only its owner reads, whole or not at all: the rename is atomic, so no reader sees half a file, and what a full disk
 * has cut off does not stay, for there are secrets in it. Throws what the file system says.
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  try {
    await writeFile(aside, text, { mode: 0o600, flag: 'wx', flush: true })
    await rename(aside, path)
  } catch (error) {
    await rm(aside, { force: true })
    throw error
  }
}
