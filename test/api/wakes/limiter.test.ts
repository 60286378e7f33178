import { describe, expect, it } from 'vitest'
import { finish, newSession, newTask } from '#support/builders/api-fixtures.ts'
import { operatorToken } from '#support/client/api.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'

const api = useApi()
const tenant = useTenant(api)

const limiter = async () => (await tenant.call('GET', '/v1/limiter')).json
const simulate = (body: unknown) => tenant.call('POST', '/v1/limiter/simulate', body)

/** A session that was woken for one task. */
async function woken(session?: string): Promise<string> {
  const identifier = session ?? (await newSession(tenant, { delegate: { url: 'https://hooks.example.com/' } }))
  await finish(api, tenant, await newTask(tenant, identifier))
  await api.stores.wakes.openWakes()
  return identifier
}

/** The wake has been completed. */
async function complete(session: string): Promise<void> {
  const { openWake } = (await tenant.call('GET', `/v1/sessions/${session}`)).json
  await api.stores.wakes.completeWake(tenant.id, openWake.id)
}

const atRest = {
  state: 'background',
  delaySeconds: 0,
  gateUntil: null,
  quietUntil: null,
  lastWakeAt: null,
  gatedTasks: 0,
  wakesLastHour: 0,
  policy: { baseSeconds: 60, factor: 2, capSeconds: 21_600 },
  advice: [],
}

describe('the limiter', () => {
  it('is shown with exactly its fields', async () => {
    expect(await limiter()).toEqual(atRest)
  })

  it('tells what a wake has done, and what waits for it', async () => {
    const session = await woken()
    const { openWake } = (await tenant.call('GET', `/v1/sessions/${session}`)).json
    const task = (await tenant.call('GET', `/v1/tasks/${await newTask(tenant, session)}`)).json
    const gate = new Date(Date.parse(openWake.openedAt) + 60_000).toISOString()
    expect(await limiter()).toEqual({
      ...atRest,
      delaySeconds: 60,
      gateUntil: gate,
      quietUntil: gate,
      lastWakeAt: openWake.openedAt,
      gatedTasks: 1,
      wakesLastHour: 1,
    })
    expect(task.waitingFor).toMatchObject([{ reason: 'wakeLimiter', until: gate }])
  })

  it('advises a client that is woken for single tasks, with the figures', async () => {
    const session = await newSession(tenant, { delegate: { url: 'https://hooks.example.com/' } })
    for (let n = 0; n < 6; n++) {
      expect((await limiter()).advice).toEqual([])
      await woken(session)
      await complete(session)
    }
    const [advice, ...others] = (await limiter()).advice
    expect(others).toEqual([])
    expect(advice).toMatch(/^6 of 6 wakes in the last hour told of a single task: create tasks in batches/)
  })
})

describe('the foreground', () => {
  it('releases what waits, gates nothing, and ends when it is given back', async () => {
    const session = await woken()
    await complete(session)
    const gated = await newTask(tenant, session)
    const entered = await tenant.call('POST', '/v1/foreground', { ttlSeconds: 300 })
    expect(entered).toMatchObject({ status: 200, json: { state: 'foreground', delaySeconds: 0, gatedTasks: 0 } })
    expect(await limiter()).toEqual(entered.json)
    expect((await tenant.call('GET', `/v1/tasks/${gated}`)).json.waitingFor).toMatchObject([{ reason: 'capacity' }])
    const created = (await tenant.call('GET', `/v1/tasks/${await newTask(tenant, session)}`)).json
    expect(created).toMatchObject({ createdIn: 'foreground', isDiscretionary: false, effectiveDiscretionary: false })
    await finish(api, tenant, gated)
    const events = (await tenant.call('GET', '/v1/deliveries?state=pending')).json.data
    expect(events.filter(({ wakeId }: { wakeId: string | null }) => wakeId === null)).toHaveLength(2)
    const left = await tenant.call('DELETE', '/v1/foreground')
    expect(left).toMatchObject({ status: 200, json: { state: 'background', delaySeconds: 0, wakesLastHour: 1 } })
    expect((await tenant.call('DELETE', '/v1/foreground')).status).toBe(200)
    const after = (await tenant.call('GET', `/v1/tasks/${await newTask(tenant, session)}`)).json
    expect(after).toMatchObject({ createdIn: 'background', effectiveDiscretionary: true })
  })

  it('is written down with the key that asked', async () => {
    const key = await api.keyOf(tenant.id, ['foreground'])
    expect((await api.call('POST', '/v1/foreground', { key, body: { ttlSeconds: 1 } })).status).toBe(200)
    const rows = await api.database.many<{ keyId: string }>(
      "select p.* from presence p join api_key k on k.id = p.key_id where k.name = 'narrow' and p.tenant_id = $1",
      [tenant.id],
    )
    expect(rows).toMatchObject([{ action: 'acquired' }])
  })

  it.each([{}, { ttlSeconds: 0 }, { ttlSeconds: 301 }, { ttlSeconds: '5' }, { ttlSeconds: 5, more: 1 }])(
    'is refused for %j',
    async (body) => {
      const { status, json } = await tenant.call('POST', '/v1/foreground', body)
      expect([status, json.errors.length]).toEqual([400, 1])
      expect((await limiter()).state).toBe('background')
    },
  )

  it('may be taken 30 times an hour, renewals among them; the next time is told', async () => {
    const policy = '"foreground";q=30;w=3600, "requests";q=60000;w=60'
    for (let n = 0; n < 30; n++) {
      const { status, headers } = await tenant.call('POST', '/v1/foreground', { ttlSeconds: 1 })
      expect([status, headers['ratelimit-policy']]).toEqual([200, policy])
      expect(headers.ratelimit).toMatch(
        new RegExp(`^"foreground";r=${29 - n};t=3[56]\\d\\d, "requests";r=\\d+;t=\\d+$`),
      )
    }
    const refused = await tenant.call('POST', '/v1/foreground', { ttlSeconds: 300 })
    expect(refused.json).toMatchObject({ status: 429, code: 'foreground_rate_limited' })
    const seconds = Number(refused.headers['retry-after'])
    expect(seconds).toBeGreaterThan(3_500)
    expect(seconds).toBeLessThanOrEqual(3_600)
    expect(refused.headers).toMatchObject({
      'ratelimit-policy': policy,
      ratelimit: expect.stringMatching(`^"foreground";r=0;t=${seconds}, "requests";`),
    })
    expect(refused.json.detail).toContain('30 foreground leases in an hour')
    expect(refused.json.detail).toContain(`in ${seconds} s`)
    const other = await api.tenant()
    expect((await other.call('POST', '/v1/foreground', { ttlSeconds: 1 })).status).toBe(200)
  })
})

describe('the simulator', () => {
  it.each([
    [{ count: 8, thinkSeconds: 5, transferSeconds: 11 }, [60, 120, 240, 480, 960, 1920, 3840, 7680]],
    [{ count: 4, thinkSeconds: 200, transferSeconds: 11 }, [60, 60, 60, 60]],
    [{ count: 12, thinkSeconds: 0, transferSeconds: 11, aheadSeconds: 86_400 }, Array(12).fill(60)],
  ])('knows the answer to the chain %j', async (chain, delays) => {
    expect((await simulate({ chain })).json).toEqual({ delays })
  })

  it('counts a batch of ten as one wake, and is at 0 again 60 s later', async () => {
    const pattern = [
      { at: 0, do: 'create', tasks: 10, transferSeconds: 10 },
      { at: 69.999, do: 'background' },
      { at: 70, do: 'background' },
    ]
    expect((await simulate({ pattern })).json.timeline.slice(2)).toEqual([
      { at: 10, what: 'end', delaySeconds: 0 },
      { at: 10, what: 'wake', delaySeconds: 60 },
      { at: 69.999, what: 'background', delaySeconds: 60 },
      { at: 70, what: 'background', delaySeconds: 0 },
    ])
  })

  it('follows a pattern with steps that wait for wakes, and with the foreground', async () => {
    const pattern = [
      { at: 0, do: 'create', transferSeconds: 11 },
      { afterPreviousWake: 5, do: 'create', transferSeconds: 11 },
      { at: 20, afterPreviousWake: 1, do: 'create' },
      { at: 90, do: 'foreground' },
    ]
    const { timeline } = (await simulate({ pattern })).json
    expect(timeline).toContainEqual({ at: 16, what: 'create', delaySeconds: 60, gatedUntil: 71 })
    expect(timeline).toContainEqual({ at: 82, what: 'wake', delaySeconds: 120 })
    expect(timeline).toContainEqual({ at: 83, what: 'create', delaySeconds: 120, gatedUntil: 202 })
    expect(timeline.at(-1)).toEqual({ at: 90, what: 'deliver', delaySeconds: 0 })
  })

  it('does not gate what begins later than the gate', async () => {
    const pattern = [
      { at: 0, do: 'create', transferSeconds: 1 },
      { at: 2, do: 'create', earliestBeginDate: 60 },
      { at: 3, do: 'create', earliestBeginDate: 61 },
    ]
    expect((await simulate({ pattern })).json.timeline.slice(4, 6)).toEqual([
      { at: 2, what: 'create', delaySeconds: 60, gatedUntil: 61 },
      { at: 3, what: 'create', delaySeconds: 60 },
    ])
  })

  it('gates a task that was suspended without a delay and is resumed during one', async () => {
    for (const before of [
      [{ at: 0, do: 'create', suspended: true }],
      [
        { at: 0, do: 'create', earliestBeginDate: 2 },
        { at: 0, do: 'suspend' },
      ],
    ]) {
      const pattern = [...before, { at: 0, do: 'create', transferSeconds: 1 }, { at: 5, do: 'resume' }]
      const { timeline } = (await simulate({ pattern })).json
      expect(timeline).toContainEqual({ at: 5, what: 'resume', delaySeconds: 60, gatedUntil: 61 })
    }
  })

  it('lets no delay stand for a suspended task', async () => {
    const pattern = [
      { at: 0, do: 'create', transferSeconds: 1 },
      { at: 5, do: 'create', suspended: true },
      { at: 6, do: 'create' },
      { at: 7, do: 'suspend' },
      { at: 60.999, do: 'background' },
      { at: 61, do: 'resume' },
    ]
    expect((await simulate({ pattern })).json.timeline.slice(4)).toEqual([
      { at: 5, what: 'create', delaySeconds: 60 },
      { at: 6, what: 'create', delaySeconds: 60, gatedUntil: 61 },
      { at: 7, what: 'suspend', delaySeconds: 60 },
      { at: 60.999, what: 'background', delaySeconds: 60 },
      { at: 61, what: 'resume', delaySeconds: 0 },
      { at: 61, what: 'begin', delaySeconds: 0 },
      { at: 61, what: 'begin', delaySeconds: 0 },
      { at: 61, what: 'end', delaySeconds: 0 },
      { at: 61, what: 'end', delaySeconds: 0 },
      { at: 61, what: 'wake', delaySeconds: 60 },
    ])
  })

  it('uses the policy of the tenant, changes nothing, and takes a thousand', async () => {
    await api.database.run('update limiter set base_seconds = 10, factor = 3, cap_seconds = 50 where tenant_id = $1', [
      tenant.id,
    ])
    const chain = { count: 1000, thinkSeconds: 0, transferSeconds: 1 }
    const { delays } = (await simulate({ chain })).json
    expect([delays.length, ...delays.slice(0, 4)]).toEqual([1000, 10, 30, 50, 50])
    const pattern = Array.from({ length: 1000 }, (_, at) => ({ at, do: 'create', tasks: 1000, transferSeconds: 1e6 }))
    expect((await simulate({ pattern })).json.timeline).toHaveLength(3_001)
    expect(await limiter()).toMatchObject({ delaySeconds: 0, wakesLastHour: 0, policy: { baseSeconds: 10, factor: 3 } })
  })

  it.each([
    [{}, ''],
    [{ pattern: [], chain: { count: 1, thinkSeconds: 0, transferSeconds: 0 } }, ''],
    [{ chain: { count: 1001, thinkSeconds: 0, transferSeconds: 0 } }, '/chain/count'],
    [{ chain: { count: 1, thinkSeconds: -1, transferSeconds: 0 } }, '/chain/thinkSeconds'],
    [{ pattern: [{ do: 'create' }] }, '/pattern/0'],
    [{ pattern: [{ do: 'create', at: 1, tasks: 1001 }] }, '/pattern/0/tasks'],
    [{ pattern: [{ do: 'create', at: 1e300 }] }, '/pattern/0/at'],
    [{ pattern: [{ do: 'create', at: 1, earliestBeginDate: '2026-01-01T00:00:00Z' }] }, '/pattern/0/earliestBeginDate'],
    [{ pattern: [{ do: 'create', at: 1, suspended: 'yes' }] }, '/pattern/0/suspended'],
    [{ chain: { count: 1, thinkSeconds: 0, transferSeconds: 0, aheadSeconds: -1 } }, '/chain/aheadSeconds'],
    [{ pattern: Array(1001).fill({ do: 'create', at: 1 }) }, '/pattern'],
    [{ pattern: [{ do: 'create', afterPreviousWake: 1 }] }, '/pattern/0/afterPreviousWake'],
    [
      {
        pattern: [
          { do: 'create', at: 2 },
          { do: 'create', at: 1 },
        ],
      },
      '/pattern/1',
    ],
  ])('refuses what it cannot do (%#)', async (body, pointer) => {
    const { status, json } = await simulate(body)
    expect(status).toBe(400)
    expect(json.errors.map((error: { pointer: string }) => error.pointer)).toEqual([pointer])
  })
})

describe('the policy of a tenant', () => {
  const patch = (body: unknown, id = tenant.id) =>
    api.call('PATCH', `/v1/admin/tenants/${id}`, { key: operatorToken, body })
  const none = { baseSeconds: null, factor: null, capSeconds: null }

  it('is changed by an operator, field by field, and given back to the installation', async () => {
    const changes: [unknown, object, object][] = [
      [{}, none, {}],
      [{ limiterPolicy: { baseSeconds: 5 } }, { ...none, baseSeconds: 5 }, { baseSeconds: 5 }],
      [{ limiterPolicy: { factor: 1.5 } }, { ...none, baseSeconds: 5, factor: 1.5 }, { baseSeconds: 5, factor: 1.5 }],
      [
        { limiterPolicy: { baseSeconds: null, capSeconds: 9 } },
        { ...none, factor: 1.5, capSeconds: 9 },
        { factor: 1.5, capSeconds: 9 },
      ],
      [{ limiterPolicy: null }, none, {}],
    ]
    for (const [body, own, inForce] of changes) {
      expect(await patch(body)).toMatchObject({ status: 200, json: { id: tenant.id, limiterPolicy: own } })
      expect((await limiter()).policy).toEqual({ ...atRest.policy, ...inForce })
    }
  })

  it('decides the next wake', async () => {
    await patch({ limiterPolicy: { baseSeconds: 7 } })
    await woken()
    expect(await limiter()).toMatchObject({ delaySeconds: 7, policy: { baseSeconds: 7 } })
    const list = (await api.call('GET', '/v1/admin/tenants?limit=200', { key: operatorToken })).json.data
    expect(list).toContainEqual(expect.objectContaining({ id: tenant.id, limiterPolicy: { ...none, baseSeconds: 7 } }))
  })

  it.each([
    { naem: 'x' },
    { limiterPolicy: { factor: 0.5 } },
    { limiterPolicy: { baseSeconds: -1 } },
    { limiterPolicy: { capSeconds: 1e308 } },
    { limiterPolicy: 5 },
  ])('is not changed by %j, nor for nobody', async (body) => {
    expect((await patch(body)).status).toBe(400)
    expect((await patch({ limiterPolicy: null }, api.deps.mint.id('ten'))).status).toBe(404)
    expect((await limiter()).policy).toEqual(atRest.policy)
  })
})
