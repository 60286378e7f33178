import { randomUUID } from 'node:crypto'
import { link, open, readFile, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Returns the content of the file at `path`, which `make` makes when there is none yet. It is written to a temporary name and linked
 * into place: of two processes at the same moment the second reads what the first one made, and no one sees half a file. Mode 600.
 */
export async function readOrCreatePrivateFile(
  path: string,
  make: () => string,
): Promise<{ content: string; created: boolean }> {
  const existing = await readIfThere(path)
  if (existing !== null) return { content: existing, created: false }
  const content = make()
  const aside = await writeAside(path, content)
  try {
    await link(aside, path)
    await syncDirectory(dirname(path))
    return { content, created: true }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return { content: await readFile(path, 'utf8'), created: false }
  } finally {
    await unlink(aside)
  }
}

/** Puts `content` at `path` in one step, durably, mode 600. */
export async function replacePrivateFile(path: string, content: string): Promise<void> {
  await rename(await writeAside(path, content), path)
  await syncDirectory(dirname(path))
}

/** Makes renames and links in `directory` survive a power cut (fsync(2): a file's own sync does not cover its name). */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  await handle.sync().finally(() => handle.close())
}

export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

async function writeAside(path: string, content: string): Promise<string> {
  const aside = `${path}.${randomUUID()}`
  const handle = await open(aside, 'wx', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
  return aside
}
