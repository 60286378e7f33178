import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import type { Client } from '#support/client/client.ts'
import { startTcpProxy } from '#support/faults/tcp-proxy.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { type Cluster, testCluster } from '#support/processes/cluster.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'
import { type Receiver, startReceiver } from '#support/receivers/receiver.ts'
import { freePort } from '#support/servers/free-port.ts'
import { type CliProcess, startCli } from './cli-process.ts'

const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'

let folder: string
let origin: Origin
let target: Receiver
let client: Client
let env: Record<string, string>
const running: CliProcess[] = []

beforeAll(async () => {
  ;[folder, origin] = await Promise.all([mkdtemp(join(tmpdir(), 'backhaul-listen-')), startOrigin()])
})
beforeEach(async () => {
  target = await startReceiver()
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((cli) => cli.end('SIGKILL')))
  await target.close()
})
afterAll(async () => {
  await origin?.close()
  await rm(folder, { recursive: true, force: true })
})

/** A tenant of its own, and a machine that has never listened. */
async function freshMachine(url: string): Promise<void> {
  const made = await newTenant(url)
  client = made.client
  const home = await mkdtemp(join(folder, 'state-'))
  env = { XDG_CONFIG_HOME: home, XDG_STATE_HOME: home, BACKHAUL_URL: url, BACKHAUL_API_KEY: made.key }
}
function run(args: readonly string[], more: Record<string, string> = {}): CliProcess {
  const cli = startCli(args, { ...env, ...more })
  running.push(cli)
  return cli
}
async function listen(...args: string[]): Promise<{ cli: CliProcess; endpointId: string; secret: string }> {
  const cli = run(['listen', '--forward-to', target.url, ...args])
  const [endpointId, secret] = await eventually('it listens', () => {
    if (cli.child.exitCode !== null) throw new Error(cli.stderr())
    return /as (whe_\w+).*secret: (whsec_\S+)/s.exec(cli.stderr())?.slice(1)
  })
  return { cli, endpointId: endpointId!, secret: secret! }
}
async function newSession(identifier: string, endpointId: string, more: object = {}): Promise<void> {
  await client.ok('PUT', `/v1/sessions/${identifier}`, { configuration: { delegate: { endpointId }, ...more } })
}
const newTask = (session: string, more: object = {}) =>
  client.ok<{ id: string }>('POST', `/v1/sessions/${session}/tasks`, { url: `${origin.url}/small`, ...more })
const story = ['session.wake', 'task.finished_downloading', 'task.completed', 'session.events_finished']

describe('backhaul listen', () => {
  let service: Service
  let port: number
  const start = () => startStandalone(join(folder, 'data'), { PORT: String(port) })
  beforeAll(async () => {
    port = await freePort()
    service = await start()
    origin.serve('/small', { bytes: 1_000 })
  })
  beforeEach(() => freshMachine(service.url))
  afterAll(() => service?.end('SIGTERM'))

  test('brings the wake of a session to a local server, signed, and ends in order', async () => {
    const { cli, endpointId, secret } = await listen()
    await newSession('local', endpointId)
    await newTask('local')
    await eventually('the wake is told', () => target.types().length === 4)
    target.verifyAll(secret)
    expect(target.types()).toEqual(story)
    await eventually('the wake has ended', async () => {
      const { data } = await client.ok<{ data: { state: string }[] }>('GET', '/v1/wakes')
      return data[0]?.state === 'completed'
    })
    expect(await cli.end('SIGINT')).toBe(0)
    const lines = cli.stdout().trimEnd().split('\n')
    expect(lines.map((line) => line.split(/\s+/).slice(1, 4))).toEqual(story.map((type) => [type, 'local', '204']))
  })

  test('has one endpoint and one secret for a machine and a tenant, in a file that only its owner reads', async () => {
    const printed = run(['listen', '--print-secret'])
    expect(await printed.ended).toBe(0)
    const { secret, endpointId, cli } = await listen()
    expect(printed.stdout()).toBe(`${secret}\n`)
    await cli.end('SIGINT')
    const directory = join(env.XDG_STATE_HOME!, 'backhaul', 'endpoints')
    expect(await readdir(directory)).toEqual([`${endpointId}.json`])
    expect((await stat(join(directory, `${endpointId}.json`))).mode & 0o777).toBe(0o600)
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    const other = await newTenant(service.url)
    const theirs = run(['listen', '--print-secret'], { BACKHAUL_API_KEY: other.key })
    expect(await theirs.ended).toBe(0)
    expect(theirs.stdout()).not.toBe(printed.stdout())
    const again = run(['listen', '--print-secret'])
    await again.ended
    expect(again.stdout()).toBe(printed.stdout())
    expect(await readdir(directory)).toHaveLength(2)
  })

  test('carries the answer to a question back, and tells programs what happened', async () => {
    target.respond = ({ type }) => {
      if (type !== 'task.will_begin_delayed_request') return 204
      return { status: 200, body: JSON.stringify({ disposition: 'cancel' }) }
    }
    const { cli, endpointId } = await listen('--json')
    await newSession('asking', endpointId, { delegateDecisions: ['delayedRequest'] })
    const { id } = await newTask('asking', { earliestBeginDate: new Date(Date.now() + 500).toISOString() })
    expect(await client.ended(id)).toMatchObject({ state: 'canceled', attempts: 0 })
    const [line] = await eventually('it is told', () => {
      const lines = cli.stdout().split('\n').filter(Boolean)
      return lines.length > 0 && lines.map((text) => JSON.parse(text))
    })
    expect(line).toMatchObject({
      type: 'task.will_begin_delayed_request',
      session: 'asking',
      attempt: 1,
      status: 200,
      error: null,
      eventId: target.posts[0]!.event.id,
      deliveryId: expect.stringMatching(/^dlv_/),
      durationMs: expect.any(Number),
    })
  })

  test('a target that is not there is an attempt that failed, and what was missed comes when it is back', async () => {
    const { endpointId, cli } = await listen('--json')
    const at = Number(new URL(target.url).port)
    await target.close()
    await newSession('down', endpointId)
    await newTask('down')
    const failed = await eventually('it was tried', () => {
      const [line] = cli.stdout().split('\n')
      return line ? JSON.parse(line) : undefined
    })
    expect(failed).toMatchObject({ type: 'session.wake', status: null, error: expect.stringContaining('ECONNREFUSED') })
    const attempts = () =>
      client.ok<{ data: object[] }>('GET', `/v1/deliveries/${failed.deliveryId}/attempts`).then(({ data }) => data)
    await eventually('it is on record', async () => (await attempts()).some((attempt) => 'error' in attempt))
    await eventually('it is on record', async () => {
      const [first] = (await attempts()) as { endedAt: string | null }[]
      return first?.endedAt !== null
    })
    expect(await attempts()).toMatchObject([{ status: null, error: failed.error }])
    expect(await cli.end('SIGTERM')).toBe(0)
    target = await startReceiver(at)
    const back = await listen()
    await eventually('all has come', () => target.types().length === 4)
    expect(target.types()).toEqual(story)
    target.verifyAll(back.secret)
  })

  test('finds the service again after a restart', async () => {
    const { endpointId, cli, secret } = await listen()
    await service.end('SIGKILL')
    service = await start()
    await eventually('it has connected again', () => cli.stderr().includes('Reconnected'))
    await newSession('restarted', endpointId)
    await newTask('restarted')
    await eventually('all has come', () => target.types().length === 4)
    target.verifyAll(secret)
    expect(target.types()).toEqual(story)
    expect(await cli.end('SIGINT')).toBe(0)
  })

  test('a connection that breaks makes nobody hear of anything twice', async () => {
    const network = await startTcpProxy({ host: '127.0.0.1', port })
    try {
      env.BACKHAUL_URL = `http://127.0.0.1:${network.port}`
      const { endpointId, cli } = await listen()
      await newSession('cut', endpointId)
      const held = Promise.withResolvers<void>()
      target.hold = () => held.promise
      await newTask('cut')
      await eventually('the first is in hand', () => target.posts.length === 1)
      await network.cut()
      await network.restore()
      await eventually('it has connected again', () => cli.stderr().includes('Reconnected'))
      held.resolve()
      await eventually('all has come', () => target.types().length === 4, { withinMs: 120_000 })
      expect(target.types()).toEqual(story)
      expect(await cli.end('SIGINT')).toBe(0)
    } finally {
      await network.close()
    }
  })

  test('answers what is in hand before it ends', async () => {
    const { endpointId, cli } = await listen()
    await newSession('ending', endpointId)
    const held = Promise.withResolvers<void>()
    target.hold = () => held.promise
    await newTask('ending')
    await eventually('the first is in hand', () => target.posts.length === 1)
    const ended = cli.end('SIGINT')
    await eventually('it is about to end', () => cli.stderr().includes('Stopping'))
    held.resolve()
    expect(await ended).toBe(0)
    const { data } = await client.ok<{ data: object[] }>('GET', `/v1/deliveries?endpoint=${endpointId}`)
    expect(data[0]).toMatchObject({ state: 'succeeded', attempts: 1 })
    expect(target.posts).toHaveLength(1)
  })

  test('forwards one session, and acknowledges the others', async () => {
    const { endpointId, cli } = await listen('--session', 'mine')
    for (const identifier of ['mine', 'other']) await newSession(identifier, endpointId)
    await newTask('other')
    await newTask('mine')
    await eventually('all is received', async () => {
      const path = `/v1/deliveries?endpoint=${endpointId}&state=succeeded`
      return (await client.ok<{ data: object[] }>('GET', path)).data.length === 8
    })
    expect(new Set(target.posts.map(({ event }) => event.sessionIdentifier))).toEqual(new Set(['mine']))
    expect(target.types()).toEqual(story)
    expect(cli.stderr()).toContain('task.completed of other was acknowledged and not forwarded')
  })

  test('asks for no more than the events it was told, and the wakes they come in', async () => {
    const before = await listen()
    await before.cli.end('SIGINT')
    const { endpointId, secret } = await listen('--events', 'task.completed')
    expect([endpointId, secret]).toEqual([before.endpointId, before.secret])
    await newSession('some', endpointId)
    await newTask('some')
    await eventually('the wake is over', () => target.types().includes('session.events_finished'))
    expect(target.types()).toEqual(story.filter((type) => type !== 'task.finished_downloading'))
  })

  test('gives way to another one of the same machine, and says so', async () => {
    const first = await listen()
    const second = await listen()
    expect(second.endpointId).toBe(first.endpointId)
    expect(await first.cli.ended).toBe(3)
    expect(first.cli.stderr()).toContain('Another connection of this endpoint has been opened')
  })

  test.each([
    ['a key that is not valid', 3, ['--forward-to', '3000', '--key', 'bh_wrong'], 'key is not valid'],
    ['an API that is not there', 4, ['--forward-to', '3000', '--url', 'http://127.0.0.1:9'], 'cannot be reached'],
    ['no target', 2, [], 'give --forward-to'],
    ['no key', 2, ['--forward-to', '3000', '--key', ''], 'no API key'],
    ['a target that is no URL', 2, ['--forward-to', 'ftp://a/'], 'http or https'],
    ['an unknown option', 2, ['--forward-to', '3000', '--follow'], 'unknown option'],
    ['an unknown event type', 2, ['--forward-to', '3000', '--events', 'task.exploded'], '/eventTypes'],
  ])('ends with %s by exit code %i, a reason on stderr and nothing on stdout', async (what, code, args, reason) => {
    const cli = run(['listen', ...args], what === 'no key' ? { BACKHAUL_API_KEY: '' } : {})
    expect(await cli.ended).toBe(code)
    expect(cli.stderr()).toContain(reason)
    expect(cli.stdout()).toBe('')
  })

  test('explains itself, with an example', async () => {
    const help = run(['listen', '--help'])
    expect(await help.ended).toBe(0)
    expect(help.stdout()).toContain('$ backhaul listen --forward-to http://localhost:3000/webhooks')
    const nothing = run([])
    expect(await nothing.ended).toBe(2)
    expect(nothing.stderr()).toContain('listen')
    expect(nothing.stdout()).toBe('')
  })
})

describe.skipIf(embeddedOnly)('beside two workers', () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = (await testCluster())!
  })
  afterAll(() => cluster?.dispose())

  test('it is the API that sends, and after it was killed the next one goes on; the workers send nothing', async () => {
    const port = await freePort()
    const [api, ...workers] = await Promise.all([
      cluster.startApi(String(port)),
      cluster.startWorker(),
      cluster.startWorker(),
    ])
    await freshMachine(api.url)
    const { endpointId, secret, cli } = await listen()
    await newSession('cluster', endpointId)
    // Without wakes, each task is told of as it ends.
    await client.ok('POST', '/v1/foreground', { ttlSeconds: 300 })
    for (let n = 0; n < 5; n++) {
      const { id } = await newTask('cluster')
      await client.ended(id)
      if (n === 2) {
        await api.end('SIGKILL')
        await cluster.startApi(String(port))
        await eventually('it has connected again', () => cli.stderr().includes('Reconnected'))
      }
    }
    const completed = () => target.types().filter((type) => type === 'task.completed')
    await eventually('all has come', () => completed().length === 5, { withinMs: 60_000 })
    target.verifyAll(secret)
    const ids = target.posts.map(({ event }) => event.id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(api.output()).toContain('"msg":"delivery"')
    for (const worker of workers) expect(worker.output()).not.toContain('"msg":"delivery"')
  })
})
