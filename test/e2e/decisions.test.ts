import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '#support/assertions/eventually.ts'
import type { Client } from '#support/client/client.ts'
import { documentBlocks, fileOf } from '#support/client/document-blocks.ts'
import { bytesOf, type Origin, startOrigin } from '#support/origins/origin.ts'
import { newTenant, type Service, startProcess, startStandalone } from '#support/processes/service.ts'
import { type ReceivedEvent, type Receiver, startReceiver } from '#support/receivers/receiver.ts'
import { freePort } from '#support/servers/free-port.ts'

const delayed = 'task.will_begin_delayed_request'
const challenged = 'task.authentication_challenge'
const password = 'correct-horse-battery'
const expected = `Basic ${Buffer.from(`ann:${password}`).toString('base64')}`
const body = bytesOf('private', 100_000)

let dataDir: string
let service: Service
let origin: Origin
let receiver: Receiver
let client: Client
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'backhaul-decisions-'))
  ;[service, origin] = await Promise.all([startStandalone(dataDir), startOrigin()])
  const guarded = (request: IncomingMessage, response: ServerResponse) => {
    if (request.headers.authorization === expected) return void response.writeHead(200).end(body)
    response.writeHead(401, { 'www-authenticate': 'Basic realm="the vault", charset="UTF-8"' }).end('who are you?')
  }
  origin.serve('/private', { bytes: 0, respond: guarded })
  origin.serve('/old', { bytes: 1_000, seed: 'old' })
  origin.serve('/new', { bytes: 2_000, seed: 'new' })
})
beforeEach(async () => {
  await receiver?.close()
  receiver = await startReceiver()
  client = (await newTenant(service.url)).client
})
afterAll(async () => {
  await Promise.all([service?.end('SIGTERM'), origin?.close(), receiver?.close()])
  await rm(dataDir, { recursive: true, force: true })
})

/** Answers what it is asked; every other event is only received. */
function decideBy(decide: (event: ReceivedEvent) => unknown): void {
  receiver.respond = (event) => {
    if (event.type !== delayed && event.type !== challenged) return 204
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(decide(event)) }
  }
}

async function newTask(given: Record<string, unknown>, configuration: Record<string, unknown> = {}): Promise<TaskView> {
  await client.ok('PUT', '/v1/sessions/decided', {
    configuration: {
      delegate: { url: receiver.url },
      delegateDecisions: ['delayedRequest', 'authenticationChallenge'],
      ...configuration,
    },
  })
  return client.ok<TaskView>('POST', '/v1/sessions/decided/tasks', given)
}
const soon = () => new Date(Date.now() + 1_000).toISOString()
const old = () => ({ url: `${origin.url}/old`, earliestBeginDate: soon() })
const asked = () => receiver.types().filter((type) => type === delayed || type === challenged)
async function downloaded({ id }: TaskView): Promise<Buffer> {
  return Buffer.from(await (await client.file(id)).arrayBuffer())
}

describe('an origin that wants a credential', () => {
  test('gets the one that the woken client answers with, and nobody else does', async () => {
    decideBy(() => ({ disposition: 'useCredential', credential: { scheme: 'basic', user: 'ann', password } }))
    const task = await client.ended((await newTask({ url: `${origin.url}/private` })).id)
    expect(task).toMatchObject({ state: 'completed', attempts: 2, error: null })
    expect((await downloaded(task)).equals(body)).toBe(true)
    const [wake, question] = receiver.posts.map(({ event }) => event)
    expect(wake!.type).toBe('session.wake')
    expect(question).toMatchObject({
      type: challenged,
      data: {
        task: { id: task.id, waitingFor: [{ reason: 'delegateDecision' }] },
        challenge: { status: 401, schemes: ['basic'], realm: 'the vault', host: new URL(origin.url).host },
      },
    })
    const [delivery] = (await client.ok<{ data: { id: string }[] }>('GET', `/v1/deliveries?event=${question!.id}`)).data
    const attempts = await client.ok<{ data: object[] }>('GET', `/v1/deliveries/${delivery!.id}/attempts`)
    expect(attempts.data).toMatchObject([{ status: 200, error: null }])
    for (const shown of [attempts, await client.task(task.id), receiver.posts, service.output()]) {
      expect(JSON.stringify(shown)).not.toContain(password)
      expect(JSON.stringify(shown)).not.toContain(expected)
    }
  })

  test('that refuses three of them fails the task', async () => {
    decideBy(() => ({ disposition: 'useCredential', credential: { scheme: 'bearer', token: 'wrong' } }))
    const task = await client.ended((await newTask({ url: `${origin.url}/private` })).id)
    expect(task).toMatchObject({ state: 'failed', attempts: 4, error: { code: -1013 } })
    expect(asked()).toEqual([challenged, challenged, challenged])
  })

  test('gets none when the client does not answer in time', async () => {
    const { id } = await newTask({ url: `${origin.url}/private` }, { decisionTimeout: 1 })
    const task = await client.ended(id)
    expect(task).toMatchObject({ state: 'failed', error: { code: -1013, name: 'userAuthenticationRequired' } })
  })

  test.each(['there', 'there and back'])(
    'is not told of behind a redirect to another origin (%s), where no credential would go',
    async (way) => {
      const other = await startOrigin()
      const redirect = (at: Origin, path: string, location: string) =>
        at.serve(path, { bytes: 0, respond: (_, response) => void response.writeHead(302, { location }).end() })
      try {
        const there = redirect(other, '/there', `${origin.url}/private`)
        const url = way === 'there' ? there : redirect(origin, '/and-back', there)
        const task = await client.ended((await newTask({ url })).id)
        expect(task).toMatchObject({ state: 'failed', attempts: 1, error: { code: -1013 } })
        expect(asked()).toEqual([])
      } finally {
        await other.close()
      }
    },
  )
})

test('the receiver that the guide shows decides', async () => {
  const program = fileOf(documentBlocks('docs/guide/delegate-decisions.md'), 'decide.ts')
  const folder = join(dataDir, 'receiver')
  await mkdir(folder)
  await writeFile(join(folder, 'decide.ts'), program)
  await writeFile(join(folder, 'package.json'), '{"type": "module"}')
  await symlink(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'))
  const port = await freePort()
  const { secret } = await client.ok<{ secret: string }>('PUT', '/v1/sessions/decided', {
    configuration: {
      delegate: { url: `http://127.0.0.1:${port}/` },
      delegateDecisions: ['delayedRequest', 'authenticationChallenge'],
    },
  })
  const shown = startProcess(join(folder, 'decide.ts'), {
    WEBHOOK_SECRET: secret,
    PORT: String(port),
    FILE_HOST: new URL(origin.url).host,
    FILE_USER: 'ann',
    FILE_PASSWORD: password,
  })
  try {
    await eventually('it listens', async () => (await fetch(`http://127.0.0.1:${port}/`)).status === 400)
    const { id } = await client.ok<TaskView>('POST', '/v1/sessions/decided/tasks', {
      url: `${origin.url}/private`,
      earliestBeginDate: soon(),
    })
    expect(await client.ended(id)).toMatchObject({ state: 'completed', attempts: 2 })
  } finally {
    await shown.end('SIGKILL')
  }
})

describe('a delayed request', () => {
  test('begins with the request that its delegate gave', async () => {
    decideBy(() => ({ disposition: 'useNewRequest', request: { url: `${origin.url}/new`, headers: { 'X-Now': '1' } } }))
    const before = origin.requests.length
    const task = await client.ended((await newTask(old())).id)
    expect(task).toMatchObject({ state: 'completed', attempts: 1, currentRequest: { url: `${origin.url}/new` } })
    expect(await downloaded(task)).toEqual(origin.content('/new'))
    const requests = origin.requests.slice(before)
    expect(requests.map(({ path, headers }) => [path, headers['x-now']])).toEqual([['/new', '1']])
    expect(receiver.posts[0]!.event).toMatchObject({ type: delayed, data: { wakeId: null, task: { id: task.id } } })
    expect(asked()).toEqual([delayed])
  })

  test('begins as it was when it is led to a forbidden address and nothing better comes in time', async () => {
    decideBy(() => ({ disposition: 'useNewRequest', request: { url: 'http://10.0.0.1/' } }))
    const task = await client.ended((await newTask(old(), { decisionTimeout: 8 })).id)
    expect(task).toMatchObject({ state: 'completed' })
    expect(await downloaded(task)).toEqual(origin.content('/old'))
    const { id } = receiver.posts[0]!.event
    const [delivery] = (await client.ok<{ data: { id: string; state: string }[] }>('GET', `/v1/deliveries?event=${id}`))
      .data
    const attempts = await client.ok<{ data: object[] }>('GET', `/v1/deliveries/${delivery!.id}/attempts`)
    const error = expect.stringMatching(
      /^not usable: \/request\/url: The address is not a public one\. .*EGRESS_ALLOW_CIDRS/,
    )
    expect(attempts.data[0]).toMatchObject({ status: 200, error })
    expect(delivery!.state).toMatch(/^(failed|canceled)$/)
  })

  test('is canceled when its delegate says so', async () => {
    decideBy(() => ({ disposition: 'cancel' }))
    const before = origin.requests.length
    const task = await client.ended((await newTask(old())).id)
    expect(task).toMatchObject({ state: 'canceled', attempts: 0, beganAt: null, error: { name: 'cancelled' } })
    expect(origin.requests.slice(before)).toEqual([])
    await eventually('its end is told', () => receiver.types().includes('task.completed'))
  })

  test('shows that it waits for its delegate until it has an answer that can be used', async () => {
    let answer: unknown = { disposition: 'perhaps' }
    decideBy(() => answer)
    const { id } = await newTask(old())
    await eventually('the first answer was of no use', () => asked().length > 0)
    expect((await client.task(id)).waitingFor).toMatchObject([{ reason: 'delegateDecision' }])
    answer = { disposition: 'continueLoading' }
    expect(await client.ended(id)).toMatchObject({ state: 'completed' })
    const ids = receiver.posts.filter(({ event }) => event.type === delayed).map(({ event }) => event.id)
    expect(ids).toHaveLength(2)
    expect(new Set(ids).size).toBe(1)
  })
})
