import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { platform } from 'node:process'
import { readIfThere, readOrCreatePrivateFile, replacePrivateFile, syncDirectory } from '@backhaul/durable-files'
import { binaries, type ServerUser, serverEnvironment, serverUser } from './binaries.ts'

/** A folder of database files, with the programs for it and the user that they run as. */
export interface Cluster {
  directory: string
  programs: string
  user: ServerUser | null
  /** The password of the role `backhaul`, the only one that can log in. */
  password: string
  /** True: the password's file was lost, so the cluster still has another password. */
  passwordIsNew: boolean
}

export const role = 'backhaul'
export const database = 'backhaul'
/** It may make roles, which cannot log in, to have some of its statements run with fewer rights. */
const rights = 'CREATEDB CREATEROLE'
/** The rights that the role has been given, when it was made or since. */
const rightsFile = 'postgres-rights'
const unfinished = 'postgres.new-'

/**
 * The programs get their folder as their working directory and call it by this name. The server's user need not be able
 * to enter the folders above it (a home of mode 700): the change of directory happens before the change of user.
 */
export function ownDirectory(cluster: Pick<Cluster, 'directory'>): string {
  return platform === 'linux' ? '/proc/self/cwd' : cluster.directory
}

/**
 * Opens the cluster under `dataDir`, and makes it when there is none. It is made under a temporary name and renamed when complete,
 * so a kill at any moment leaves either a cluster or rubbish that the next call removes. The caller holds the lock on `dataDir`.
 */
export async function openCluster(dataDir: string): Promise<Cluster> {
  const directory = join(dataDir, 'postgres')
  const user = await serverUser(directory)
  const programs = await binaries(user)
  const password = await readOrCreatePrivateFile(join(dataDir, 'postgres-password'), randomPassword)
  const exists = await isThere(join(directory, 'PG_VERSION'))
  const cluster = { directory, programs, user, password: password.content, passwordIsNew: exists && password.created }
  await removeUnfinished(dataDir)
  if (!exists) await create(cluster, dataDir)
  return cluster
}

/** Sets the role's password again, for when the file that held it was lost. The server must not be running. */
export async function resetPassword(cluster: Cluster): Promise<void> {
  await runSql(cluster, [`ALTER ROLE ${role} PASSWORD '${cluster.password}'`])
}

/** Gives the role of an older cluster the rights that it has in a new one, once. The server must not be running. */
export async function completeRights(cluster: Cluster, dataDir: string): Promise<void> {
  const path = join(dataDir, rightsFile)
  if ((await readIfThere(path)) === rights) return
  await runSql(cluster, [`ALTER ROLE ${role} ${rights}`])
  await replacePrivateFile(path, rights)
}

async function create(cluster: Cluster, dataDir: string): Promise<void> {
  const directory = await mkdtemp(join(dataDir, unfinished))
  if (cluster.user) await chown(directory, cluster.user.uid, cluster.user.gid)
  const aside = { ...cluster, directory }
  // The built-in collation does not change under the indexes when the system's C library does.
  const locale = ['--encoding=UTF8', '--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  await run(aside, 'initdb', ['-D', ownDirectory(aside), '-U', 'postgres', '--auth=reject', ...locale])
  await writeFile(join(directory, 'pg_hba.conf'), `host all ${role} 127.0.0.1/32 scram-sha-256\n`)
  await runSql(aside, [
    `CREATE ROLE ${role} LOGIN ${rights} PASSWORD '${cluster.password}'`,
    `CREATE DATABASE ${database} OWNER ${role}`,
  ])
  await replacePrivateFile(join(dataDir, rightsFile), rights)
  await rename(directory, cluster.directory)
  await syncDirectory(dataDir)
}

/** Runs SQL in single-user mode: no server, no login. */
export async function runSql(cluster: Cluster, statements: string[]): Promise<void> {
  const flags = ['--single', '-D', ownDirectory(cluster), '-c', 'exit_on_error=on', '-c', 'log_checkpoints=off']
  await run(cluster, 'postgres', [...flags, 'postgres'], statements.map((statement) => `${statement}\n`).join(''))
}

function run(cluster: Cluster, program: string, args: string[], input = ''): Promise<void> {
  const child = spawn(join(cluster.programs, 'bin', program), args, {
    ...cluster.user,
    cwd: cluster.directory,
    env: serverEnvironment,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4096)
  })
  child.stdin.on('error', () => {}).end(input)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`The embedded PostgreSQL's ${program} failed: ${lastComplaint(errors)}`))
    })
  })
}

/** The one line out of a program's output that says why it gave up. */
export function lastComplaint(output: string): string {
  const lines = output.trim().split('\n')
  return (lines.findLast((line) => /\b(FATAL|PANIC|ERROR|error):/.test(line)) ?? lines.at(-1) ?? '').trim()
}

async function removeUnfinished(dataDir: string): Promise<void> {
  // A program that outlived its parent may still be writing there.
  for (const name of await readdir(dataDir))
    if (name.startsWith(unfinished)) await rm(join(dataDir, name), { recursive: true, force: true, maxRetries: 5 })
}

function randomPassword(): string {
  return randomBytes(24).toString('base64url')
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
