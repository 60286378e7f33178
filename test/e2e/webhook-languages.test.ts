import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import type { Client } from '#support/client/client.ts'
import { documentBlocks, fileOf } from '#support/client/document-blocks.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'
import { userEnvironment } from '#support/processes/user-environment.ts'
import { signedWebhook, v1 } from '#support/receivers/signed-webhook.ts'
import { freePort } from '#support/servers/free-port.ts'
import { needLanguage } from '#support/servers/languages.ts'

const run = promisify(execFile)
const programs = documentBlocks('docs/guide/webhooks.md')
let folder: string
let service: Service
let client: Client

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backhaul-languages-'))
  service = await startStandalone(join(folder, 'data'))
  ;({ client } = await newTenant(service.url))
  await writeFile(join(folder, 'package.json'), '{"type": "module"}')
  await symlink(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'))
})
afterAll(async () => {
  await service?.end('SIGTERM')
  await rm(folder, { recursive: true, force: true })
})

/** A program, and what runs it. */
type Command = [program: string, ...args: string[]]

/** `go run` would leave its child behind. */
async function built(): Promise<Command> {
  const binary = join(folder, 'receiver')
  const env = { ...userEnvironment, CGO_ENABLED: '0', GOCACHE: join(folder, 'go-cache'), GO111MODULE: 'off' }
  await run(await needLanguage('go'), ['build', '-o', binary, 'receiver.go'], { cwd: folder, env })
  return [binary]
}

const languages: [file: string, command: (port: number) => Promise<Command>][] = [
  ['receiver.ts', async () => [process.execPath, 'receiver.ts']],
  ['receiver.py', async () => [await needLanguage('python3'), 'receiver.py']],
  ['receiver.go', built],
  ['receiver.php', async (port) => [await needLanguage('php'), '-S', `127.0.0.1:${port}`, 'receiver.php']],
  ['receiver.rb', async () => [await needLanguage('ruby'), 'receiver.rb']],
]

it('every program of the page is tested here', () => {
  const files = programs.flatMap(({ words }) => words.filter((word) => word.startsWith('file=')))
  expect(files).toEqual(languages.map(([file]) => `file=${file}`))
})

/** Then nothing but `npm install` is needed. */
const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'
const tested = languages.filter(([file]) => !embeddedOnly || file === 'receiver.ts')

describe.each(tested)('%s of the guide', (file, command) => {
  let url: string
  let secret: string
  let endpointId: string
  let child: ChildProcess
  let output = ''

  const startProgram = async (port: number, WEBHOOK_SECRET: string): Promise<ChildProcess> => {
    const [program, ...args] = await command(port)
    return spawn(program, args, {
      cwd: folder,
      env: { ...userEnvironment, WEBHOOK_SECRET, PORT: String(port) },
    })
  }
  const listens = (address: string) =>
    fetch(address).then(
      () => true,
      () => false,
    )

  beforeAll(async () => {
    await writeFile(join(folder, file), fileOf(programs, file))
    const port = await freePort()
    url = `http://127.0.0.1:${port}/`
    ;({ id: endpointId, secret } = await client.ok<{ id: string; secret: string }>('POST', '/v1/webhook-endpoints', {
      url,
    }))
    child = await startProgram(port, secret)
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => (output += chunk))
    await eventually('it listens', () => {
      if (child.exitCode !== null) throw new Error(output)
      return listens(url)
    })
  })
  afterAll(() => child && end(child))

  const post = (body: string, headers: Record<string, string>, address = url) =>
    fetch(address, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } }).then(
      ({ status }) => status,
    )

  it('takes what the service sends', async () => {
    const { deliveryId } = await client.ok<{ deliveryId: string }>('POST', `/v1/webhook-endpoints/${endpointId}/test`)
    await eventually('it is acknowledged', async () => {
      const { data } = await client.ok<{ data: { id: string; state: string }[] }>(
        'GET',
        `/v1/deliveries?endpoint=${endpointId}`,
      )
      return data.some(({ id, state }) => id === deliveryId && state === 'succeeded')
    })
    await eventually('it is shown', () => output.includes('endpoint.test\n'))
  })

  it('takes what is signed with two secrets, of which it knows one', async () => {
    const { body, headers } = signedWebhook({ type: 'task.completed' }, secret)
    const [other] = signedWebhook({ type: 'task.completed' }).headers['webhook-signature'].split(' ')
    const both = `${other} ${headers['webhook-signature']}`
    expect(await post(body, { ...headers, 'webhook-signature': both })).toBe(204)
  })

  it('refuses what another has signed, and what was changed', async () => {
    const { body, headers } = signedWebhook({ type: 'task.completed' })
    expect(await post(body, headers)).toBe(400)
    const own = signedWebhook({ type: 'task.completed' }, secret)
    expect(await post(own.body.replace('completed', 'Completed'), own.headers)).toBe(400)
    expect(await post(own.body, { ...own.headers, 'webhook-id': 'evt_another' })).toBe(400)
    expect(await post(own.body, { ...own.headers, 'webhook-signature': 'v1 v1, ,' })).toBe(400)
  })

  it('refuses what is too old, from the future, or without a time', async () => {
    const { body, headers } = signedWebhook({ type: 'task.completed' }, secret)
    const at = (timestamp: string) =>
      post(body, {
        ...headers,
        'webhook-timestamp': timestamp,
        'webhook-signature': v1(secret, headers['webhook-id'], timestamp, body),
      })
    const now = Math.floor(Date.now() / 1000)
    expect(await at(String(now - 30))).toBe(204)
    expect(await at(String(now - 400))).toBe(400)
    expect(await at(String(now + 400))).toBe(400)
    expect(await at('soon')).toBe(400)
  })

  it('refuses what has no signature, and lives on', async () => {
    expect(await post('{"type": "task.completed"}', {})).toBe(400)
    const { body, headers } = signedWebhook({ type: 'task.completed' }, secret)
    expect(await post(body, headers)).toBe(204)
  })
  it('takes nothing when it was given an empty secret', async () => {
    const port = await freePort()
    const address = `http://127.0.0.1:${port}/`
    const careless = await startProgram(port, '')
    try {
      await eventually('it listens or gives up', () => careless.exitCode !== null || listens(address))
      if (careless.exitCode !== null) return expect(careless.exitCode).not.toBe(0)
      const { body, headers } = signedWebhook({ type: 'task.completed' }, 'whsec_')
      expect(await post(body, headers, address)).toBeGreaterThanOrEqual(400)
    } finally {
      await end(careless)
    }
  })
})

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
