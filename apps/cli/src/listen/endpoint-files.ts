import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandError } from '../command-error.ts'
import { makeFolder } from '../make-folder.ts'
import { exitCodes } from '../rules/exit-codes.ts'
import { stateFolder } from '../user-folders.ts'
import { writeWhole } from '../write-whole.ts'

/** An endpoint that was created on this machine, as stored in its file. */
export interface KeptEndpoint {
  id: string
  secret: string
}

export interface EndpointFiles {
  /** The endpoints created at this API, oldest first. They may belong to several tenants; a file does not name the tenant. */
  list(): Promise<KeptEndpoint[]>
  /** Checks that `keep` can write. */
  prepare(): Promise<void>
  keep(endpoint: KeptEndpoint): Promise<void>
}

/**
 * A file for each endpoint, readable only by its owner, because a signing secret is in it. Throws CommandError when that is not possible.
 */
export function endpointFiles(env: Record<string, string | undefined>, apiUrl: string): EndpointFiles {
  const folder = stateFolder(env)
  const directory = folder === null ? null : join(folder, 'endpoints')
  return {
    async list() {
      if (directory === null) return []
      const names = await readdir(directory).catch(() => [])
      const files = names.filter((name) => name.endsWith('.json')).sort()
      const kept = await Promise.all(files.map((name) => read(join(directory, name))))
      return kept.flatMap((file) => (file?.apiUrl === apiUrl ? [{ id: file.id, secret: file.secret }] : []))
    },
    async prepare() {
      if (directory === null)
        throw new CommandError(
          'There is no home folder to keep the signing secret in: set XDG_STATE_HOME to a folder.',
          exitCodes.local,
        )
      await attempt(directory, () => makeFolder(directory, 0o700))
    },
    async keep({ id, secret }) {
      const path = join(directory!, `${id}.json`)
      await attempt(path, () => writeWhole(path, `${JSON.stringify({ apiUrl, id, secret })}\n`))
    },
  }
}

interface EndpointFile extends KeptEndpoint {
  apiUrl: string
}

/** Null for a file with other content. */
async function read(path: string): Promise<EndpointFile | null> {
  try {
    const file = JSON.parse(await readFile(path, 'utf8')) as Partial<EndpointFile> | null
    const { apiUrl, id, secret } = file ?? {}
    if (typeof apiUrl !== 'string' || typeof id !== 'string' || typeof secret !== 'string') return null
    return { apiUrl, id, secret }
  } catch {
    return null
  }
}

async function attempt(path: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new CommandError(
      `${path} cannot be written (${code ?? message}): set XDG_STATE_HOME to another folder.`,
      exitCodes.local,
    )
  }
}
