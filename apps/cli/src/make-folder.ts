import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder and the missing ones above it. Node's own recursive mkdir never returns where no folder can be made at all, as in /proc.
 * Throws what the file system says.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  const fault = await tryToMake(path, mode)
  if (fault === null) return
  if (fault.code !== 'ENOENT' || dirname(path) === path) throw fault
  await makeFolder(dirname(path), mode)
  const again = await tryToMake(path, mode)
  if (again !== null) throw again
}

/** Null: it is there. */
async function tryToMake(path: string, mode: number): Promise<NodeJS.ErrnoException | null> {
  try {
    await mkdir(path, { mode })
    return null
  } catch (error) {
    const found = await stat(path).catch(() => null)
    return found?.isDirectory() ? null : (error as NodeJS.ErrnoException)
  }
}
