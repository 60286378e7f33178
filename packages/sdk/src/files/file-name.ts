import { node } from './node-modules.ts'

/** A link fails when the name is taken, in one step; a rename would replace the file. Not every file system has links. */
export async function giveName(part: string, path: string, overwrite: boolean): Promise<void> {
  const { link, rename, unlink, stat } = await node('fs/promises')
  if (!overwrite) {
    try {
      await link(part, path)
      return await unlink(part)
    } catch (error) {
      if ((error as { code?: string }).code === 'EEXIST' || (await stat(path).catch(() => null)))
        throw existsAlready(path)
    }
  }
  await rename(part, path)
}

/** A name survives a power cut when its folder is on the disk, too (fsync(2)). Not every system opens folders, or syncs them. */
export async function syncFolder(path: string): Promise<void> {
  const { open } = await node('fs/promises')
  const folder = await open((await node('path')).dirname(path), 'r').catch(() => null)
  try {
    await folder?.sync()
  } catch (error) {
    if ((error as { code?: string }).code === 'EIO') throw error
  } finally {
    await folder?.close()
  }
}

export function existsAlready(path: string): Error {
  return Object.assign(new Error(`${path} exists already: give another path, or overwrite: true`), { code: 'EEXIST' })
}
