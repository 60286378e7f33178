import { open } from 'node:fs/promises'
import { platform } from 'node:os'
import { dirname, join } from 'node:path'
import { CommandError } from './command-error.ts'
import { makeFolder } from './make-folder.ts'
import { exitCodes } from './rules/exit-codes.ts'
import { configFolder } from './user-folders.ts'
import { writeWhole } from './write-whole.ts'

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

/** What is kept under a name, which may be any: `constructor`, too. */
export function profileIn({ profiles }: ProfilesFile, name: string): Profile | undefined {
  return Object.hasOwn(profiles, name) ? profiles[name] : undefined
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
      try {
        await makeFolder(dirname(path), 0o700)
        await writeWhole(path, `${JSON.stringify(file, null, 2)}\n`)
      } catch (error) {
        throw trouble(
          `No profile can be kept in ${path} (${codeOf(error)}): set XDG_CONFIG_HOME to another folder, or BACKHAUL_API_KEY and BACKHAUL_URL.`,
        )
      }
    },
  }
}

async function readProfiles(path: string): Promise<ProfilesFile> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    // ENOTDIR: somebody's home is a file, such as /dev/null.
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw unreadable(path, error)
  })
  if (handle === null) return nothing
  try {
    const mode = (await handle.stat()).mode & 0o777
    // Windows has no such modes: a home folder is closed there.
    if (mode & 0o077 && platform() !== 'win32')
      throw trouble(`${path} has keys in it and others may read it (mode ${mode.toString(8)}): chmod 600 ${path}`)
    const file = JSON.parse(await handle.readFile('utf8')) as Partial<ProfilesFile> | null
    if (typeof file?.profiles !== 'object' || file.profiles === null) throw new SyntaxError('no profiles')
    if (!Object.values(file.profiles).every(isProfile)) throw new SyntaxError('no profile')
    return { current: file.current ?? null, profiles: file.profiles }
  } catch (error) {
    if (error instanceof CommandError) throw error
    if (!(error instanceof SyntaxError)) throw unreadable(path, error)
    throw trouble(`${path} is not what \`backhaul login\` writes: remove it and log in again.`)
  } finally {
    await handle.close()
  }
}

/** Somebody may have written it by hand. */
function isProfile(profile: Partial<Profile> | null): boolean {
  if (typeof profile?.url !== 'string') return false
  return [profile.key, profile.operatorToken].every((key) => key === undefined || typeof key === 'string')
}

function unreadable(path: string, error: unknown): CommandError {
  return trouble(
    `${path} cannot be read (${codeOf(error)}): set XDG_CONFIG_HOME to another folder, or BACKHAUL_API_KEY and BACKHAUL_URL.`,
  )
}
function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error)
}
function trouble(sentence: string): CommandError {
  return new CommandError(sentence, exitCodes.local)
}
