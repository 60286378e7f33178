import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '#support/assertions/eventually.ts'
import type { Client } from '#support/client/client.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'
import { type Receiver, startReceiver } from '#support/receivers/receiver.ts'

/** Long enough that a loaded machine still answers a wake within it. */
const baseSeconds = 3

let dataDir: string
let service: Service
let origin: Origin
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'backhaul-limiter-'))
  ;[service, origin] = await Promise.all([
    startStandalone(dataDir, { WAKE_DELAY_BASE_SECONDS: String(baseSeconds) }),
    startOrigin(),
  ])
})
afterAll(async () => {
  await Promise.all([service?.end('SIGTERM'), origin?.close()])
  await rm(dataDir, { recursive: true, force: true })
})

interface Woken {
  receiver: Receiver
  client: Client
  create(tasks?: number): Promise<TaskView[]>
  /** The delay after each wake so far. */
  delays(): number[]
  /** Resolves when so many wakes have been told to the end. */
  told(wakes: number): Promise<unknown>
}

/** A client of its own tenant, woken by webhooks. */
async function newClient(): Promise<Woken> {
  const receiver = await startReceiver()
  const { client } = await newTenant(service.url)
  await client.ok('PUT', '/v1/sessions/chain', { configuration: { delegate: { url: receiver.url } } })
  const url = origin.serve('/link', { bytes: 1000 })
  const eventsOf = (type: string) => receiver.posts.map(({ event }) => event).filter((event) => event.type === type)
  return {
    receiver,
    client,
    async create(tasks = 1) {
      const body = { tasks: Array.from({ length: tasks }, () => ({ url })) }
      return (await client.ok<{ tasks: TaskView[] }>('POST', '/v1/sessions/chain/tasks/batch', body)).tasks
    },
    delays: () => eventsOf('session.wake').map(({ data }) => Number(data.delayAfterSeconds)),
    told: (wakes) =>
      eventually(`wake ${wakes}`, () => eventsOf('session.events_finished').length >= wakes, { withinMs: 60_000 }),
  }
}

const noDelay = (client: Client) =>
  eventually(
    'the delay has fallen back to nothing',
    async () => (await client.ok<{ delaySeconds: number }>('GET', '/v1/limiter')).delaySeconds === 0,
    { withinMs: 30_000 },
  )

describe.concurrent('the wake limiter, with real wakes', () => {
  it('doubles the delay of a chain whose next task is created right after each wake', async () => {
    const { receiver, client, create, delays, told } = await newClient()
    const gates: number[] = []
    for (let link = 1; link <= 4; link++) {
      const [task] = await create()
      if (link > 1) gates.push(Date.parse(task!.waitingFor.find(({ reason }) => reason === 'wakeLimiter')!.until!))
      await told(link)
    }
    expect(delays()).toEqual([1, 2, 4, 8].map((times) => times * baseSeconds))
    const { data } = await client.ok<{ data: { openedAt: string }[] }>('GET', '/v1/wakes?session=chain')
    const opened = data.map(({ openedAt }) => Date.parse(openedAt))
    // Each task was gated for one delay behind the wake before it, and none began earlier.
    expect(gates).toEqual(opened.slice(0, -1).map((at, n) => at + delays()[n]! * 1000))
    const [, ...gated] = await client.tasks('chain')
    for (const [n, { beganAt }] of gated.entries()) expect(Date.parse(beganAt!)).toBeGreaterThanOrEqual(gates[n]!)
    await receiver.close()
  })

  it('stays at the base for a client that lets the delay pass before it goes on', async () => {
    const { receiver, client, create, delays, told } = await newClient()
    for (let link = 1; link <= 3; link++) {
      const [task] = await create()
      expect(task!.waitingFor.map(({ reason }) => reason)).not.toContain('wakeLimiter')
      await told(link)
      await noDelay(client)
    }
    expect(delays()).toEqual([baseSeconds, baseSeconds, baseSeconds])
    await receiver.close()
  })

  it('wakes once for ten tasks of one batch, and is back to nothing one delay later', async () => {
    const { receiver, client, create, delays, told } = await newClient()
    await create(10)
    await told(1)
    expect(delays()).toEqual([baseSeconds])
    await noDelay(client)
    expect(receiver.types().filter((type) => type === 'session.wake')).toHaveLength(1)
    await receiver.close()
  })
})
