import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Another process may remove an empty directory above at the same moment, but not for ever. */
const maxAttempts = 10

/**
 * Makes a directory and the missing ones above it, for the owner only. Returns the topmost one that was made, undefined when the
 * directory existed. Node's own recursive mkdir never returns where directories cannot be made at all, as in /proc.
 */
export async function makeDirectory(directory: string): Promise<string | undefined> {
  let first: string | undefined
  let fault = await tryToMake(directory)
  for (let attempt = 1; fault?.code === 'ENOENT' && attempt < maxAttempts; attempt++) {
    if (dirname(directory) === directory) break
    first = (await makeDirectory(dirname(directory))) ?? first
    fault = await tryToMake(directory)
  }
  if (fault === null) return first ?? directory
  if (fault.code !== 'EEXIST') throw fault
  if (!(await stat(directory)).isDirectory())
    throw Object.assign(fault, { code: 'ENOTDIR', message: `not a directory: ${directory}` })
  return first
}

/** Null: the directory was made. */
async function tryToMake(directory: string): Promise<NodeJS.ErrnoException | null> {
  try {
    await mkdir(directory, { mode: 0o700 })
    return null
  } catch (error) {
    return error as NodeJS.ErrnoException
  }
}
