import { beforeAll, describe, expect, it } from 'vitest'
import type { AppError } from '#core/kernel/rules/errors.ts'
import type { LimitName } from '#core/limits/rules/limits.ts'
import type { Stores } from '#core/runtime/stores.ts'
import { defaultConfiguration } from '#core/sessions/rules/session.ts'
import { type BuiltSession, newApiKey, newTask } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()
let processes: Stores[]
beforeAll(() => {
  processes = Array.from({ length: 8 }, () => builder.otherProcess())
})

const pull = { delegate: { kind: 'pull' } } as const
const limit = (tenantId: string, name: LimitName, maximum: number | null) =>
  builder.stores.tenants.changeTenant(tenantId, { limiterPolicy: {}, limits: { [name]: maximum } })
const usedOf = async (tenantId: string, name: Exclude<LimitName, 'requestsPerMinute' | 'maximumStreams'>) =>
  (await builder.stores.limits.readLimits(tenantId)).used[name]

/** What each process does one after the other, while the others do the same. */
async function race(tries: number, work: (stores: Stores) => Promise<unknown>): Promise<AppError[]> {
  const refusals = processes.map(async (stores) => {
    const refused: AppError[] = []
    for (let n = 0; n < tries; n++) await work(stores).catch((error: AppError) => void refused.push(error))
    return refused
  })
  return (await Promise.all(refusals)).flat()
}
const configuration = { ...defaultConfiguration, ...pull }
const aUrl = () => `https://client.example.com/${crypto.randomUUID()}`
const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`

/** What a quota counts, and how one more is made. */
const creations = {
  maximumSessions: {
    arrange: async () => (await builder.session(undefined, pull)).tenantId,
    create: (tenantId: string, stores: Stores) =>
      stores.sessions.putSession(tenantId, crypto.randomUUID(), configuration),
    has: 1,
  },
  maximumEndpoints: {
    arrange: async () => (await builder.session()).tenantId,
    create: (tenantId: string, stores: Stores) =>
      stores.endpoints.createEndpoint(tenantId, { url: aUrl(), eventTypes: [], secret }),
    has: 1,
  },
  maximumApiKeys: {
    arrange: () => builder.tenant(),
    create: (tenantId: string, stores: Stores) => stores.keys.createApiKey(tenantId, newApiKey()),
    has: 1,
  },
  maximumTasksWaiting: {
    arrange: async () => (await builder.session(undefined, pull)).tenantId,
    async create(tenantId: string, stores: Stores) {
      const { data } = await stores.sessions.listSessions(tenantId, {}, { limit: 1 })
      return stores.tasks.createTasks(tenantId, data[0]!.identifier, [newTask()])
    },
    has: 0,
  },
} as const

describe.each(Object.entries(creations))('%s, with eight processes', (given, { arrange, create, has }) => {
  const name = given as keyof typeof creations

  it('lets exactly as many through as may be, and refuses the rest', async () => {
    const tenantId = await arrange()
    await limit(tenantId, name, has + 11)
    const refused = await race(3, (stores) => create(tenantId, stores))
    expect(refused).toHaveLength(24 - 11)
    for (const { code, extensions } of refused)
      expect({ code, ...extensions }).toEqual({
        ...{ code: 'quota_exceeded', violated: [{ name, maximum: has + 11, used: has + 11 }] },
      })
    expect(await usedOf(tenantId, name)).toBe(has + 11)
  })

  it('of 0 lets none through, and none is no limit', async () => {
    const tenantId = await arrange()
    await limit(tenantId, name, 0)
    await expect(create(tenantId, builder.stores)).rejects.toMatchObject({ code: 'quota_exceeded' })
    await limit(tenantId, name, null)
    await create(tenantId, builder.stores)
    expect(await usedOf(tenantId, name)).toBe(has + 1)
  })
})

describe('tasks that wait', () => {
  const create = (session: BuiltSession, count: number, stores = builder.stores) =>
    stores.tasks.createTasks(
      session.tenantId,
      session.identifier,
      Array.from({ length: count }, () => newTask()),
    )
  const refusal = (used: number, maximum: number) => ({
    ...{ code: 'quota_exceeded', extensions: { violated: [{ name: 'maximumTasksWaiting', maximum, used }] } },
  })

  it('are created all or none, and those in flight do not count', async () => {
    const session = await builder.session(undefined, pull)
    await limit(session.tenantId, 'maximumTasksWaiting', 5)
    const running = await builder.task(session)
    await builder.begin(running.id)
    await create(session, 3)
    await expect(create(session, 3)).rejects.toMatchObject(refusal(3, 5))
    expect(await usedOf(session.tenantId, 'maximumTasksWaiting')).toBe(3)
    await create(session, 2)
    await expect(create(session, 1)).rejects.toMatchObject(refusal(5, 5))
    await builder.complete(running.id)
    await expect(create(session, 1)).rejects.toMatchObject(refusal(5, 5))
  })

  it('are never one too many, nor refused for nothing, while tasks begin and end', async () => {
    const session = await builder.session(undefined, pull)
    const { tenantId } = session
    await limit(tenantId, 'maximumTasksWaiting', 10)
    const first = await create(session, 10)
    let isOver = false
    const excess: number[] = []
    const watching = (async () => {
      while (!isOver) excess.push(await usedOf(tenantId, 'maximumTasksWaiting'))
    })()
    const ending = (async () => {
      for (const { id } of first as { id: string }[]) await builder.complete(id)
    })()
    const refused = race(12, (stores) => create(session, 1, stores))
    await ending
    expect((await refused).every(({ code }) => code === 'quota_exceeded')).toBe(true)
    isOver = true
    await watching
    expect(Math.max(...excess)).toBeLessThanOrEqual(10)
    const waiting = await usedOf(tenantId, 'maximumTasksWaiting')
    await create(session, 10 - waiting)
    await expect(create(session, 1)).rejects.toMatchObject({ code: 'quota_exceeded' })
  })
})

describe('a place', () => {
  it('is free again when a session is invalidated, an endpoint deleted, a key revoked or rotated', async () => {
    const session = await builder.session(undefined, pull)
    const { tenantId } = session
    await limit(tenantId, 'maximumSessions', 1)
    await builder.stores.sessions.invalidateSession(tenantId, session.identifier, 'cancel')
    await builder.stores.sessions.putSession(tenantId, 'next', configuration)
    await limit(tenantId, 'maximumEndpoints', 1)
    const made = await creations.maximumEndpoints.create(tenantId, builder.stores)
    const { id } = made as { id: string }
    await expect(creations.maximumEndpoints.create(tenantId, builder.stores)).rejects.toThrow()
    await builder.stores.endpoints.deleteEndpoint(tenantId, id)
    await creations.maximumEndpoints.create(tenantId, builder.stores)
    await limit(tenantId, 'maximumApiKeys', 2)
    const key = (await creations.maximumApiKeys.create(tenantId, builder.stores)) as { id: string }
    const rotated = await builder.stores.keys.rotateApiKey(tenantId, key.id, newApiKey(), 60)
    expect(await usedOf(tenantId, 'maximumApiKeys')).toBe(2)
    await builder.stores.keys.revokeApiKey(tenantId, (rotated as { id: string }).id)
    await creations.maximumApiKeys.create(tenantId, builder.stores)
  })

  it('is needed for the endpoint of a session too, and without one nothing is made', async () => {
    const tenantId = await builder.tenant()
    await limit(tenantId, 'maximumEndpoints', 0)
    const delegate = { url: aUrl(), newSecret: secret }
    const put = () => builder.stores.sessions.putSession(tenantId, 'one', { ...defaultConfiguration, delegate })
    await expect(put()).rejects.toMatchObject({ extensions: { violated: [{ name: 'maximumEndpoints' }] } })
    expect(await usedOf(tenantId, 'maximumSessions')).toBe(0)
    await limit(tenantId, 'maximumEndpoints', 1)
    expect(await put()).toMatchObject({ kind: 'created' })
    await builder.stores.sessions.putSession(tenantId, 'two', { ...defaultConfiguration, delegate })
    expect(await usedOf(tenantId, 'maximumEndpoints')).toBe(1)
  })
})
