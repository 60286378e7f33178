import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAnnouncer } from '#core/database/listen.ts'
import { announce, notifying } from '#core/database/notify.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { failure } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const log = { info() {}, warn() {}, error() {} }

const builder = useStore()
let announcer: Awaited<ReturnType<typeof openAnnouncer>>
const heard: { work: number; interrupted: string[]; ended: string[] } = { work: 0, interrupted: [], ended: [] }
beforeAll(async () => {
  announcer = await openAnnouncer(`${builder.connectionString}?application_name=announcer`, log)
  announcer.on('work', () => (heard.work += 1))
  announcer.on('interrupted', ({ taskId }) => heard.interrupted.push(taskId))
  announcer.on('ended', ({ taskId }) => heard.ended.push(taskId))
})
afterAll(async () => {
  await announcer.close()
})

const listening = () =>
  builder.database.many<{ pid: number }>(
    "select pid from pg_stat_activity where datname = current_database() and application_name = 'announcer'",
  )

/** Cuts the announcer's connection, and waits until it has another; the process that served the first. */
async function loseConnection(): Promise<number> {
  const [lost] = await listening()
  const before = heard.work
  await builder.database.many('select pg_terminate_backend($1)', [lost!.pid])
  await eventually('everybody looks for work', () => heard.work > before)
  return lost!.pid
}

describe('announcements', () => {
  it('tell every process of new work, interruptions and endings', async () => {
    const session = await builder.session()
    const before = heard.work
    const [one, two, three] = await builder.tasks(session, {}, {}, {})
    await eventually('the tasks are work', () => heard.work > before)
    await builder.stores.tasks.suspendTask(session.tenantId, one!.id)
    await builder.stores.tasks.cancelTask(session.tenantId, one!.id)
    await builder.stores.transfers.failAttempt((await builder.begin(two!.id)).lease, failure(null))
    await builder.complete(three!.id)
    await eventually('the last one has ended', () => heard.ended.includes(three!.id))
    expect(heard.ended).toEqual([one, two, three].map((task) => task!.id))
    expect(heard.interrupted).toEqual([one!.id, one!.id])
  })

  it('say the same whether the service or a statement has written them', async () => {
    const heard: unknown[] = []
    const forget = announcer.on('answered', (announcement) => heard.push(announcement))
    const members = { deliveryId: 'dlv_1', attempt: 3, status: null }
    await announce(builder.database, 'answered', members)
    const statement = notifying('answered', { deliveryId: "'dlv_1'", attempt: '3', status: 'null::int' })
    await builder.database.many(`select ${statement}::text`)
    await eventually('both are heard', () => heard.length === 2)
    expect(heard).toEqual([
      { kind: 'answered', ...members },
      { kind: 'answered', ...members },
    ])
    forget()
  })

  it('are not made by what is rolled back', async () => {
    const session = await builder.session()
    const [broken, whole] = await builder.tasks(session, {}, {})
    const breaks = () => {
      throw new Error('the process died here')
    }
    const failing = builder.storesWith({ mint: { id: breaks } }).tasks.cancelTask(session.tenantId, broken!.id)
    await expect(failing).rejects.toThrow('died here')
    await builder.stores.tasks.cancelTask(session.tenantId, whole!.id)
    await eventually('the other one is heard of', () => heard.ended.includes(whole!.id))
    expect(heard.ended).not.toContain(broken!.id)
    expect(heard.interrupted).not.toContain(broken!.id)
  })

  it('reach a listener until it is taken away', async () => {
    const session = await builder.session()
    const [one, two] = await builder.tasks(session, {}, {})
    const ended: string[] = []
    const forget = announcer.on('ended', ({ taskId }) => ended.push(taskId))
    await builder.stores.tasks.cancelTask(session.tenantId, one!.id)
    await eventually('the first is heard of', () => ended.length > 0)
    forget()
    await builder.stores.tasks.cancelTask(session.tenantId, two!.id)
    await eventually('others hear of the second', () => heard.ended.includes(two!.id))
    expect(ended).toEqual([one!.id])
  })

  it('come again after the connection was lost, and then everybody looks for work', async () => {
    const lost = await loseConnection()
    const now = await listening()
    expect(now).toHaveLength(1)
    expect(now[0]!.pid).not.toBe(lost)
    const session = await builder.session()
    const { id } = await builder.task(session)
    await builder.stores.tasks.cancelTask(session.tenantId, id)
    await eventually('it is heard of', () => heard.ended.includes(id))
  })

  it('end when the process closes: the connection is gone and does not come back', async () => {
    const other = await openAnnouncer(`${builder.connectionString}?application_name=announcer`, log)
    await eventually('two listen', async () => (await listening()).length === 2)
    await other.close()
    await eventually('one listens', async () => (await listening()).length === 1)
  })
})

describe('a database that cannot be reached', () => {
  it('refuses the start, and nothing goes on trying behind it', async () => {
    let attempts = 0
    const server: Server = createServer((socket: Socket) => {
      attempts += 1
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await expect(openAnnouncer(`postgresql://postgres:x@127.0.0.1:${port}/postgres`, log)).rejects.toThrow()
    // One that lost its connection later has it again: by then the other would have tried too.
    await loseConnection()
    expect(attempts).toBe(1)
    server.close()
  })
})
