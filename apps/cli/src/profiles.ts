import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CommandError } from './command-error.ts'
import { exitCodes } from './rules/exit-codes.ts'
import { configFolder } from './user-folders.ts'

/** What `backhaul login` keeps of a service. */
export interface Profile {
  url: string
  /** A tenant's API key. */
  key?: string
  /** An operator's token, for `backhaul admin`. */
  operatorToken?: string
}

export interface ProfilesFile {
  current: string | null
  profiles: Record<string, Profile>
}

export interface Profiles {
  /** Null: the user has no home folder. */
  path: string | null
  /** Throws CommandError when others may read the file, or it is none of ours. */
  read(): Promise<ProfilesFile>
  write(file: ProfilesFile): Promise<void>
}

const nothing: ProfilesFile = { current: null, profiles: {} }

/** Keys are in it, so nobody else may read it: a file whose mode lets others is not used. */
export function openProfiles(env: Record<string, string | undefined>): Profiles {
  const folder = configFolder(env)
  const path = folder === null ? null : join(folder, 'profiles.json')
  return {
    path,
    read: async () => (path === null ? nothing : await readProfiles(path)),
    async write(file) {
      if (path === null)
        throw trouble(
          'There is no home folder to keep a profile in: set XDG_CONFIG_HOME, or BACKHAUL_API_KEY and BACKHAUL_URL.',
        )
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const aside = `${path}.${randomUUID()}`
      await writeFile(aside, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true })
      // The rename is atomic, so that no reader sees half a file.
      await rename(aside, path)
    },
  }
}

async function readProfiles(path: string): Promise<ProfilesFile> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    // ENOTDIR: somebody's home is a file, such as /dev/null.
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  })
  if (handle === null) return nothing
  try {
    const mode = (await handle.stat()).mode & 0o777
    if (mode & 0o077)
      throw trouble(`${path} has keys in it and others may read it (mode ${mode.toString(8)}): chmod 600 ${path}`)
    const file = JSON.parse(await handle.readFile('utf8')) as Partial<ProfilesFile> | null
    if (typeof file?.profiles !== 'object' || file.profiles === null) throw new SyntaxError('no profiles')
    return { current: file.current ?? null, profiles: file.profiles }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw trouble(`${path} is not what \`backhaul login\` writes: remove it and log in again.`)
  } finally {
    await handle.close()
  }
}

function trouble(sentence: string): CommandError {
  return new CommandError(sentence, exitCodes.local)
}
