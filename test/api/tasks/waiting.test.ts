import { describe, expect, it } from 'vitest'
import { newSession, newTask } from '#support/builders/api-fixtures.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'

const api = useApi()
const tenant = useTenant(api)

const earliestBeginDate = () => new Date(Date.now() + 3_600_000).toISOString()

describe('what tasks wait for', () => {
  it('is counted by reason, beside the counts by state', async () => {
    const none = (await tenant.call('GET', '/v1/tasks/summary')).json
    expect(none.waitingFor).toEqual({
      earliestBeginDate: 0,
      wakeLimiter: 0,
      quota: 0,
      discretionary: 0,
      tenantCapacity: 0,
      hostCapacity: 0,
      hostBackoff: 0,
      retryBackoff: 0,
      delegateDecision: 0,
      capacity: 0,
    })
    const session = await newSession(tenant)
    await newTask(tenant, session)
    await newTask(tenant, session, { suspended: true })
    await newTask(tenant, session, { earliestBeginDate: earliestBeginDate() })
    const { taskCounts, waitingFor, readySince } = (await tenant.call('GET', '/v1/tasks/summary')).json
    expect(taskCounts).toMatchObject({ waiting: 2, suspended: 1 })
    expect(waitingFor).toEqual({ ...none.waitingFor, earliestBeginDate: 1, capacity: 1 })
    expect(none).toMatchObject({ readySince: null, heldSince: null })
    expect(Date.parse(readySince)).toBeLessThanOrEqual(Date.now())
  })

  it('is counted for one session too', async () => {
    const [one, other] = [await newSession(tenant), await newSession(tenant)]
    await newTask(tenant, one, { earliestBeginDate: earliestBeginDate() })
    await newTask(tenant, other)
    const { taskCounts, waitingFor } = (await tenant.call('GET', `/v1/sessions/${one}/tasks/summary`)).json
    expect(taskCounts).toMatchObject({ waiting: 1, suspended: 0 })
    expect(waitingFor).toMatchObject({ earliestBeginDate: 1, capacity: 0 })
    expect((await tenant.call('GET', '/v1/sessions/never-made/tasks/summary')).status).toBe(404)
  })

  it('finds them, together with the other filters', async () => {
    const session = await newSession(tenant)
    await newTask(tenant, session)
    const held = await newTask(tenant, session, { earliestBeginDate: earliestBeginDate() })
    const found = async (query: string) =>
      (await tenant.call('GET', `/v1/tasks?${query}`)).json.data.map(({ id }: { id: string }) => id)
    expect(await found('waitingFor=earliestBeginDate')).toEqual([held])
    expect(await found('waitingFor=earliestBeginDate&state=waiting&host=origin.example.com')).toEqual([held])
    expect(await found('waitingFor=earliestBeginDate&state=running')).toEqual([])
    expect(await found('waitingFor=discretionary')).toEqual([])
    expect((await tenant.call('GET', '/v1/tasks?waitingFor=nothing')).status).toBe(400)
  })
})
