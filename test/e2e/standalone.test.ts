import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { createClient } from '#support/client/client.ts'
import { startOrigin } from '#support/origins/origin.ts'
import { listening, type ServiceProcess, startProcess } from '#support/processes/service.ts'
import { userEnvironment } from '#support/processes/user-environment.ts'
import { testDatabase } from '#support/servers/postgres.ts'

const entry = 'apps/standalone/src/main.ts'
const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'backhaul-standalone-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

function start(env: Record<string, string>): ServiceProcess {
  const service = startProcess(entry, { PORT: '0', EGRESS_ALLOW_CIDRS: '127.0.0.0/8', ...env })
  cleanups.push(() => service.end('SIGTERM'))
  return service
}

/** Runs until it ends by itself; its exit code and the lines on its output that are not log lines. */
async function runToEnd(env: Record<string, string>) {
  const child = spawn(process.execPath, [entry], { env: { ...userEnvironment, PORT: '0', ...env } })
  cleanups.push(async () => child.kill('SIGKILL'))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk))
  await once(child, 'close')
  const lines = output.split('\n').filter((line) => line !== '' && !line.startsWith('{'))
  return { code: child.exitCode ?? child.signalCode, lines }
}

async function greeted(service: ServiceProcess): Promise<string> {
  await listening(service)
  await eventually('it greets', () => /API reference/.test(service.output()))
  return service.output()
}

async function postgresPid(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** The command that begins so, with the lines it goes on in. */
function printedCommand(output: string, beginning: string): string {
  const from = output.indexOf(beginning)
  return output.slice(from, output.indexOf('\n\n', from))
}

async function statusOf(command: string): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', `${command} -s -o /dev/null -w '%{http_code}'`])
  return stdout
}

test('the first start shows token, key and commands that work when pasted; a later one shows no key, and the key still works', async () => {
  const dataDir = await newFolder()
  const origin = await startOrigin()
  cleanups.push(origin.close)
  const first = start({ DATA_DIR: dataDir })
  const output = await greeted(first)
  const token = /Operator token {2}(bha_\S+)/.exec(output)?.[1] ?? ''
  const key = /API key +(bh_\S+)/.exec(output)?.[1] ?? ''
  expect(token).toBe((await readFile(join(dataDir, 'admin-token'), 'utf8')).trim())
  expect(key).not.toBe('')
  expect(output).toContain(`Kept in         ${dataDir}`)
  expect(output).toMatch(/PostgreSQL +embedded/)

  expect(await statusOf(printedCommand(output, 'curl -X PUT'))).toBe('201')
  const createTask = printedCommand(output, 'curl -X POST')
  expect(createTask).toContain('https://example.com/')
  const url = origin.serve('/first', { bytes: 1000 })
  expect(await statusOf(createTask.replace('https://example.com/', url))).toBe('201')
  expect(await statusOf(printedCommand(output, 'curl http'))).toBe('200')

  expect(await first.end('SIGTERM')).toBe(0)
  const second = start({ DATA_DIR: dataDir })
  const later = await greeted(second)
  expect(later).not.toContain('bh_')
  expect(later).not.toContain(token)
  expect(later).toContain(join(dataDir, 'admin-token'))
  const client = createClient(await listening(second), key)
  const [task] = await client.tasks('first')
  expect(await client.ended(task!.id)).toMatchObject({ state: 'completed', file: { bytes: 1000 } } as Partial<TaskView>)
})

test('the first start prints a link that signs in once, as the key that it shows; a later one prints none', async () => {
  const dataDir = await newFolder()
  const first = start({ DATA_DIR: dataDir })
  const output = await greeted(first)
  const url = await listening(first)
  const [, at, token] = /Sign in +(http\S+)\/#sign-in=([\w-]{43}) {3}\(once, within 15 minutes\)/.exec(output) ?? []
  expect(at).toBe(url)
  const signIn = () =>
    fetch(`${url}/v1/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify({ token }),
    })
  const response = await signIn()
  expect(await response.json()).toMatchObject({ kind: 'key', tenant: { name: 'default' } })
  const cookie = response.headers.getSetCookie()[0]!.split(';')[0]!
  expect((await signIn()).status).toBe(401)
  // The cookie outlives the process; here the next one has another port, which is a part of its name.
  expect(await first.end('SIGTERM')).toBe(0)
  const second = start({ DATA_DIR: dataDir })
  expect(await greeted(second)).not.toContain('sign-in')
  const later = await listening(second)
  const renamed = cookie.replace(new URL(url).port, new URL(later).port)
  const tasks = await fetch(`${later}/v1/tasks`, { headers: { cookie: renamed } })
  expect(tasks.status).toBe(200)
  // What was logged holds neither.
  for (const secret of [token!, cookie.split('=')[1]!]) {
    expect(first.output().split(secret)).toHaveLength(secret === token ? 2 : 1)
    expect(second.output()).not.toContain(secret)
  }
})

test('an operator token that was given is not repeated', async () => {
  const service = start({ DATA_DIR: await newFolder(), ADMIN_TOKEN: 'a-token-that-was-given' })
  const output = await greeted(service)
  expect(output).not.toContain('a-token-that-was-given')
  expect(output).toMatch(/Operator token +as given in ADMIN_TOKEN/)
})

test('SIGTERM ends it with 0 within seconds, and its PostgreSQL with it', async () => {
  const dataDir = await newFolder()
  const service = start({ DATA_DIR: dataDir })
  await greeted(service)
  const pid = await postgresPid(dataDir)
  expect(isAlive(pid)).toBe(true)
  const signalledMs = performance.now()
  expect(await service.end('SIGTERM')).toBe(0)
  expect(performance.now() - signalledMs).toBeLessThan(10_000)
  expect(isAlive(pid)).toBe(false)
})

test('a second start on the same folder says which process has it, ends with 1, and leaves the first in peace', async () => {
  const dataDir = await newFolder()
  const first = start({ DATA_DIR: dataDir })
  // As soon as the first has taken the folder: long before it listens.
  await eventually('the first has the folder', async () => (await readFile(join(dataDir, 'lock'), 'utf8')).length > 1)
  expect(await runToEnd({ DATA_DIR: dataDir })).toEqual({
    code: 1,
    lines: [`Backhaul cannot start: DATA_DIR ${dataDir} is in use by process ${first.child.pid}`],
  })
  await greeted(first)
})

test('a port in use is said in one line, with 1, and nothing is left running', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  cleanups.push(async () => taken.close())
  const { port } = taken.address() as { port: number }
  const dataDir = await newFolder()
  expect(await runToEnd({ DATA_DIR: dataDir, PORT: String(port) })).toEqual({
    code: 1,
    lines: [`Backhaul cannot start: 127.0.0.1:${port} is in use; set PORT to another one`],
  })
  // The server ran and was stopped: a running one, and one that was killed, have their pid there.
  expect(await readdir(join(dataDir, 'postgres'))).toContain('PG_VERSION')
  await expect(postgresPid(dataDir)).rejects.toMatchObject({ code: 'ENOENT' })
  // Nothing was greeted, so the key is still to be shown.
  expect(await greeted(start({ DATA_DIR: dataDir }))).toMatch(/API key +bh_/)
})

test('a read-only DATA_DIR is said in one line, with 1', async ({ skip }) => {
  const dataDir = await newFolder()
  // Root may write everywhere but where the file system itself is read-only.
  if (process.getuid?.() === 0) {
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', dataDir]).status !== 0) skip('this root may not mount')
    cleanups.push(async () => void execFileSync('umount', [dataDir]))
  } else await chmod(dataDir, 0o555)
  expect(await runToEnd({ DATA_DIR: dataDir })).toEqual({
    code: 1,
    lines: [
      expect.stringMatching(
        new RegExp(`^Backhaul cannot start: DATA_DIR ${dataDir} cannot be .* \\((EACCES|EROFS)\\)$`),
      ),
    ],
  })
})

test('a start that fails when API and worker run already says why, ends with 1, and leaves nothing running', async () => {
  const dataDir = await newFolder()
  const first = start({ DATA_DIR: dataDir })
  await greeted(first)
  // The tenant of a first start is made last.
  const read = (name: string) => readFile(join(dataDir, name), 'utf8')
  const [port, password] = (await Promise.all([read('postgres-port'), read('postgres-password')])).map((s) => s.trim())
  const client = new pg.Client(`postgresql://backhaul:${password}@127.0.0.1:${port}/backhaul`)
  await client.connect()
  const refusal = `truncate tenant cascade;
    create function refuse() returns trigger language plpgsql as $$ begin raise 'no more tenants'; end $$;
    create trigger refuse before insert on tenant for each row execute function refuse()`
  await client.query(refusal).finally(() => client.end())
  expect(await first.end('SIGTERM')).toBe(0)
  expect(await runToEnd({ DATA_DIR: dataDir })).toEqual({
    code: 1,
    lines: ['Backhaul cannot start: no more tenants'],
  })
  await expect(postgresPid(dataDir)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a PostgreSQL without TLS, where the URL wants it, is said with the setting and what to do, with 1', async ({
  skip,
}) => {
  const database = await testDatabase({ empty: true })
  cleanups.push(database.drop)
  const client = new pg.Client({ connectionString: database.connectionString })
  await client.connect()
  const { rows } = await client.query('SHOW ssl').finally(() => client.end())
  if (rows[0].ssl === 'on') skip('this PostgreSQL has TLS')
  const url = new URL(database.connectionString)
  url.searchParams.set('sslmode', 'verify-full')
  const { code, lines } = await runToEnd({ DATA_DIR: await newFolder(), DATABASE_URL: url.href })
  expect({ code, lines: lines.length }).toEqual({ code: 1, lines: 1 })
  expect(lines[0]).toMatch(/^Backhaul cannot start: the sslmode of DATABASE_URL .* wants TLS.*sslmode=disable/)
})

test('an invalid environment is refused as a whole, with every error on a line', async () => {
  const misconfigured = { DATA_DIR: await newFolder(), PORT: 'http', LOG_LEVEL: 'loud', WORKER_CONCURRENCY: '0' }
  const { code, lines } = await runToEnd({ ...misconfigured, S3_ACCESS_KEY_ID: 'key-without-secret' })
  expect(code).toBe(1)
  expect(lines[0]).toMatch(/^Backhaul cannot start, its environment has errors:/)
  const named = lines.slice(1).map((line) => /^ {2}- (\w+) /.exec(line)?.[1])
  expect(named).toEqual(expect.arrayContaining(['PORT', 'LOG_LEVEL', 'WORKER_CONCURRENCY', 'S3_SECRET_ACCESS_KEY']))
  expect(await readdir(misconfigured.DATA_DIR)).toEqual([])
})

test('--help explains it, anything else it does not know is refused with 2', () => {
  const help = spawnSync(process.execPath, [entry, '--help'], { encoding: 'utf8' })
  expect([help.status, help.stderr]).toEqual([0, ''])
  expect(help.stdout).toMatch(/^Usage: npm start[\s\S]*\.env\.example/)
  const unknown = spawnSync(process.execPath, [entry, '--port=1'], { encoding: 'utf8' })
  expect([unknown.status, unknown.stdout]).toEqual([2, ''])
  expect(unknown.stderr).toMatch(/^Unknown argument --port=1\n/)
})
