import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, mkdtempSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { startOrigin } from '#support/origins/origin.ts'
import { openProcessPair } from '#support/processes/process-pair.ts'
import { listening, newTenant, startStandalone } from '#support/processes/service.ts'
import { userEnvironment } from '#support/processes/user-environment.ts'
import { freePort } from '#support/servers/free-port.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'backhaul-life-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** As a user does it, through npm; with the process that holds DATA_DIR, which is the service, and its PostgreSQL. */
async function npmStart() {
  const dataDir = await newFolder()
  const npm = spawn('npm', ['start'], { cwd: root, env: { ...userEnvironment, DATA_DIR: dataDir, PORT: '0' } })
  let text = ''
  for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk))
  cleanups.push(() => npm.kill('SIGKILL'))
  const output = () => text
  await listening({ child: npm, output, end: async () => null })
  const readPid = async (file: string) => Number.parseInt(await readFile(join(dataDir, file), 'utf8'), 10)
  const service = await readPid('lock')
  const postgres = await readPid('postgres/postmaster.pid')
  cleanups.push(() => {
    for (const pid of [service, postgres]) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  })
  return { npm, service, postgres, output }
}

test('SIGTERM to npm ends the service and its PostgreSQL', async () => {
  const { npm, service, postgres } = await npmStart()
  npm.kill('SIGTERM')
  await eventually('all are gone', () => ![service, postgres].some(isAlive), { withinMs: 60_000 })
})

test('the service ends in order when npm is killed', async () => {
  const { npm, service, postgres, output } = await npmStart()
  npm.kill('SIGKILL')
  await eventually('all are gone', () => ![service, postgres].some(isAlive), { withinMs: 60_000 })
  expect(output()).toContain('"event":"process.stopping"')
  expect(troubles(output())).toEqual([])
})

test.each<[string, () => { fd: number; broken(): void }]>([
  ['a full disk', () => ({ fd: openSync('/dev/full', 'w'), broken() {} })],
  ['a pipe that nobody reads any more', brokenPipe],
])('a log that goes to %s ends nothing', async (_, open) => {
  const { fd, broken } = open()
  const [dataDir, port] = [await newFolder(), await freePort()]
  const env = { ...userEnvironment, DATA_DIR: dataDir, PORT: String(port), LOG_LEVEL: 'debug' }
  const child = spawn(process.execPath, ['apps/standalone/src/main.ts'], { cwd: root, env, stdio: ['ignore', fd, fd] })
  cleanups.push(() => child.kill('SIGKILL'))
  closeSync(fd)
  broken()
  const status = async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.status
  const answers = async () => {
    expect([child.exitCode, child.signalCode]).toEqual([null, null])
    return (await status()) === 200
  }
  await eventually('it answers', answers, { withinMs: 60_000 })
  for (let lines = 0; lines < 50; lines += 1) expect(await status()).toBe(200)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})

/** The writing end of a pipe whose reader goes away. */
function brokenPipe() {
  const folder = mkdtempSync(join(tmpdir(), 'backhaul-pipe-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', [path])
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return { fd: openSync(path, 'w'), broken: () => closeSync(reader) }
}

/**
 * Log lines that warn, and every stack, from the moment on at which the service said that it listens: a database that takes
 * its time to start on a busy machine is no trouble of stopping.
 */
function troubles(output: string): string[] {
  const lines = output.split('\n')
  const from = lines.findIndex((line) => /"event":"(server|api|worker)\.(listening|started)"/.test(line))
  return lines.slice(Math.max(0, from)).filter((line) => /"level":[456]0|"stack"|^ {4}at /.test(line))
}

test('npm start logs no warning and no stack when it is stopped at work', async () => {
  const service = await startStandalone(await newFolder())
  cleanups.push(() => service.end('SIGKILL'))
  await work(service.url)
  expect(await service.end('SIGTERM')).toBe(0)
  expect(troubles(service.output())).toEqual([])
})

test('nor do an API and a worker', async () => {
  const pair = (await openProcessPair('PostgreSQL'))!
  cleanups.push(pair.dispose)
  const [api, worker] = await Promise.all([pair.startApi(), pair.startWorker()])
  await work(api.url)
  expect(await Promise.all([api.end('SIGTERM'), worker.end('SIGTERM')])).toEqual([0, 0])
  expect([api, worker].flatMap((service) => troubles(service.output()))).toEqual([])
})

test("each request is one line with one id, the response's; probes show at debug only", async () => {
  const lines = async (level: string) => {
    const service = await startStandalone(await newFolder(), { LOG_LEVEL: level })
    cleanups.push(() => service.end('SIGKILL'))
    const ids = []
    for (const path of ['/livez', '/readyz', '/v1/tasks'])
      ids.push((await fetch(service.url + path)).headers.get('x-request-id'))
    expect(await service.end('SIGTERM')).toBe(0)
    const logged = service
      .output()
      .split('\n')
      .filter((line) => line.includes('"event":"request.'))
    expect(logged.filter((line) => line.match(/"(?:requestId|reqId)":/g)?.length !== 1)).toEqual([])
    const told = logged.map((line) => JSON.parse(line) as { requestId: string; route: string })
    return { ids, told: told.map(({ requestId, route }) => [requestId, route]) }
  }
  const debug = await lines('debug')
  expect(debug.told).toEqual(['/livez', '/readyz', '/v1/tasks'].map((route, index) => [debug.ids[index], route]))
  const info = await lines('info')
  expect(info.told).toEqual([[info.ids[2], '/v1/tasks']])
})

/** A transfer that runs, a request that waits and a live stream that is read. */
async function work(url: string): Promise<void> {
  const origin = await startOrigin()
  cleanups.push(origin.close)
  const { client, key } = await newTenant(url)
  await client.ok('PUT', '/v1/sessions/work', { configuration: { delegate: { kind: 'pull' } } })
  const slow = origin.serve('/slow', { bytes: 50_000_000, bytesPerSecond: 100_000 })
  const task = await client.ok<{ id: string }>('POST', '/v1/sessions/work/tasks', { url: slow })
  const headers = { authorization: `Bearer ${key}` }
  const stream = await fetch(`${url}/v1/events/stream`, { headers: { ...headers, accept: 'text/event-stream' } })
  expect(stream.status).toBe(200)
  const state = async () => (await client.ok<{ state: string }>('GET', `/v1/tasks/${task.id}`)).state
  await eventually('the transfer runs', async () => (await state()) === 'running', { withinMs: 60_000 })
  void fetch(`${url}/v1/tasks/${task.id}?wait=60`, { headers }).catch(() => {})
  await fetch(`${url}/readyz`)
}

test('SIGUSR2 makes a running process log at debug, and the next one ends that', async () => {
  const service = await startStandalone(await newFolder())
  cleanups.push(() => service.end('SIGKILL'))
  const { url } = service
  const switched = async (level: string) => {
    service.child.kill('SIGUSR2')
    await eventually('it says so', () => service.output().includes(`"to":"${level}"`))
  }
  const probes = () => service.output().split('"route":"/livez"').length - 1
  await fetch(`${url}/livez`)
  await switched('debug')
  expect(probes()).toBe(0)
  await fetch(`${url}/livez`)
  await eventually('the probe is logged', () => probes() === 1)
  await switched('info')
  await fetch(`${url}/livez`)
  await fetch(`${url}/v1/sessions`)
  await eventually('a later request is logged', () => service.output().includes('"route":"/v1/sessions"'))
  expect(probes()).toBe(1)
})

test('SIGUSR2 ends no process that still loads its modules, and counts as soon as there is a log', async () => {
  const preload = new URL('signal-while-loading.ts', import.meta.url)
  const env = { NODE_OPTIONS: `--import=${preload.href}` }
  const pair = (await openProcessPair('PostgreSQL', { env }))!
  cleanups.push(pair.dispose)
  const alone = async () => {
    const service = await startStandalone(await newFolder(), env)
    cleanups.push(() => service.end('SIGKILL'))
    return service
  }
  const services = await Promise.all([pair.startApi(), pair.startWorker(), alone()])
  for (const { output } of services) expect(output().split('"to":"debug"')).toHaveLength(2)
})
