import { describe, expect, it } from 'vitest'
import { finish, newSession, newTask } from '#support/builders/api-fixtures.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'

const api = useApi()
const tenant = useTenant(api)
const sum = (data: Record<string, number>[], name: string) => data.reduce((all, point) => all + point[name]!, 0)
type Answer = { json: { data: Record<string, number>[] } & Record<string, unknown> }
const stats = (range: string) => tenant.call('GET', `/v1/stats?range=${range}`) as Promise<Answer>

describe('GET /v1/stats', () => {
  it.each([
    ['1h', 60, 60],
    ['24h', 3_600, 24],
    ['7d', 3_600, 168],
  ])('of %s has steps of %i s, %i of them, up to now', async (range, stepSeconds, points) => {
    const { json } = await stats(range)
    expect(json).toMatchObject({ range, stepSeconds })
    const times = json.data.map(({ at }) => Date.parse(String(at)))
    const first = Date.parse(String(json.from))
    expect(times).toEqual(Array.from({ length: points }, (_, n) => first + n * stepSeconds * 1000))
    const until = Date.parse(String(json.until))
    expect(until).toBe(times.at(-1)! + stepSeconds * 1000)
    const { at } = json.now as { at: string }
    expect(Date.parse(at)).toBeGreaterThanOrEqual(times.at(-1)!)
    expect(Date.parse(at)).toBeLessThan(until)
  })

  it('is of the last hour unless another range is asked for', async () => {
    expect((await tenant.call('GET', '/v1/stats')).json).toMatchObject({ range: '1h', stepSeconds: 60 })
  })

  it.each(['1h', '24h', '7d'])('has in %s what the tasks did, at once', async (range) => {
    await api.deps.stores.usage.sampleTenants()
    const session = await newSession(tenant)
    const [done, canceled] = [await newTask(tenant, session), await newTask(tenant, session)]
    await newTask(tenant, session)
    await finish(api, tenant, done, 'the bytes')
    await tenant.call('POST', `/v1/tasks/${canceled}/cancel`, {})
    const { data, now, sampledAt } = (await stats(range)).json
    const counters = ['tasksCreated', 'tasksCompleted', 'tasksFailed', 'tasksCanceled', 'bytesReceived']
    expect(counters.map((name) => sum(data, name))).toEqual([3, 1, 0, 1, 9])
    expect(now).toMatchObject({ running: 0, waiting: 1 })
    expect(data.at(-1)).toMatchObject({ running: 0, waiting: 1 })
    expect(sampledAt).toMatch(/:00\.000Z$/)
  })

  it("has nothing of other tenants' tasks", async () => {
    await newTask(tenant, await newSession(tenant))
    const stranger = await api.tenant()
    const { json } = await stranger.call('GET', '/v1/stats')
    expect(sum(json.data, 'tasksCreated')).toBe(0)
    expect(json.now).toMatchObject({ running: 0, waiting: 0 })
  })

  it.each(['range=2h', 'range=', 'range=1h&range=7d', 'step=minute'])('refuses %s', async (query) => {
    const { status, json } = await tenant.call('GET', `/v1/stats?${query}`)
    expect(status).toBe(400)
    expect(json.code).toBe('invalid_request')
  })

  it('needs the scope read', async () => {
    const key = await api.keyOf(tenant.id, ['write'])
    expect((await api.call('GET', '/v1/stats', { key })).status).toBe(403)
  })
})
