import { describe, expect, it } from 'vitest'
import { finish, newSession, newTask } from '#support/builders/api-fixtures.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'

const api = useApi()
const tenant = useTenant(api)

interface OpenWake {
  id: string
  token: string
  openedAt: number
  deadline: number
}

/** The wake of a session whose task has completed. */
async function woken(): Promise<OpenWake> {
  const session = await newSession(tenant, { delegate: { url: 'https://hooks.example.com/' } })
  await finish(api, tenant, await newTask(tenant, session))
  await api.stores.wakes.openWakes()
  const { openWake } = (await tenant.call('GET', `/v1/sessions/${session}`)).json
  const { data } = (await tenant.call('GET', `/v1/events?session=${session}&type=session.wake`)).json
  return {
    id: openWake.id,
    token: data[0].data.completionToken,
    openedAt: Date.parse(openWake.openedAt),
    deadline: Date.parse(openWake.deadline),
  }
}

const post = (wake: OpenWake, verb: string, body: unknown) => tenant.call('POST', `/v1/wakes/${wake.id}/${verb}`, body)
const complete = (wake: OpenWake) => post(wake, 'complete', { completionToken: wake.token })
const extend = (wake: OpenWake, seconds: unknown) => post(wake, 'extend', { seconds })
const stateOf = async (wake: OpenWake) => (await tenant.call('GET', `/v1/wakes/${wake.id}`)).json.state
const passDeadline = (wake: OpenWake) =>
  api.database.run("update wake set deadline = clock_timestamp() - interval '1 ms' where id = $1", [wake.id])

describe('extending a wake', () => {
  it('moves its deadline to so many seconds from now, but never forward', async () => {
    const wake = await woken()
    const before = await tenant.call('GET', `/v1/wakes/${wake.id}`)
    const same = await extend(wake, 60)
    expect(same).toMatchObject({ status: 200, json: before.json })
    const { json } = await extend(wake, 7200)
    const now = (await api.database.first<{ now: Date }>('select clock_timestamp() as now'))!.now.getTime()
    expect(Date.parse(json.deadline)).toBeGreaterThanOrEqual(wake.openedAt + 7_200_000)
    expect(Date.parse(json.deadline)).toBeLessThanOrEqual(now + 7_200_000)
    expect((await tenant.call('GET', `/v1/wakes/${wake.id}`)).json).toEqual(json)
  })

  it('ends twelve hours after it was opened', async () => {
    const wake = await woken()
    await api.database.run("update wake set opened_at = opened_at - interval '1 hour' where id = $1", [wake.id])
    const { json } = await extend(wake, 43_200)
    expect(Date.parse(json.deadline) - Date.parse(json.openedAt)).toBe(43_200_000)
  })

  it.each([-1, 0, 0.5, 43_201, '60', null])('by %j is refused', async (seconds) => {
    const wake = await woken()
    const { status, json } = await extend(wake, seconds)
    expect(status).toBe(400)
    expect(json.errors[0].pointer).toBe('/seconds')
  })

  it('is refused once it is closed, and for strangers', async () => {
    const done = await woken()
    await complete(done)
    expect((await extend(done, 60)).json).toMatchObject({ status: 409, code: 'wake_closed' })
    const late = await woken()
    await passDeadline(late)
    expect((await extend(late, 60)).json).toMatchObject({ status: 409, code: 'wake_expired' })
    await api.stores.wakes.openWakes()
    expect((await extend(late, 60)).json).toMatchObject({ status: 409, code: 'wake_expired' })
    const stranger = await api.tenant()
    for (const wake of [done, late])
      expect((await stranger.call('POST', `/v1/wakes/${wake.id}/extend`, { seconds: 60 })).status).toBe(404)
  })
})

describe('completing a wake', () => {
  it('after its deadline is refused clearly, before and after its expiry was written', async () => {
    const wake = await woken()
    await passDeadline(wake)
    expect((await complete(wake)).json).toMatchObject({ status: 409, code: 'wake_expired' })
    expect(await stateOf(wake)).toBe('open')
    await api.stores.wakes.openWakes()
    expect(await stateOf(wake)).toBe('expired')
    expect((await complete(wake)).json).toMatchObject({ status: 409, code: 'wake_expired' })
    const { json } = await tenant.call('GET', '/v1/deliveries?state=pending')
    expect(json.data).toHaveLength(4)
  })

  it('with a wrong token says so, also when it has expired', async () => {
    const wake = await woken()
    const other = await woken()
    await passDeadline(wake)
    const response = await post(wake, 'complete', { completionToken: other.token })
    expect(response.json).toMatchObject({ status: 422, code: 'invalid_completion_token' })
  })

  it('by a stranger who has the token finds nothing', async () => {
    const wake = await woken()
    const stranger = await api.tenant()
    const response = await stranger.call('POST', `/v1/wakes/${wake.id}/complete`, { completionToken: wake.token })
    expect(response.status).toBe(404)
    expect(await stateOf(wake)).toBe('open')
  })
})

describe('the list of wakes', () => {
  it('is narrowed by state, read from either end, and says when each was closed', async () => {
    const [first, second] = [await woken(), await woken()]
    await complete(first)
    const list = async (query: string) => (await tenant.call('GET', `/v1/wakes?${query}`)).json.data
    const ids = async (query: string) => (await list(query)).map(({ id }: { id: string }) => id)
    expect(await ids('order=newestFirst&limit=2')).toEqual([second.id, first.id])
    expect(await ids('state=open')).toContain(second.id)
    expect(await ids('state=open')).not.toContain(first.id)
    const [open, completed] = await list('order=newestFirst&limit=2')
    expect(open.closedAt).toBeNull()
    expect(Date.parse(completed.closedAt)).toBeGreaterThanOrEqual(first.openedAt)
    const page = (await tenant.call('GET', '/v1/wakes?order=newestFirst&limit=1')).json
    expect(await ids(`order=newestFirst&limit=1&cursor=${page.nextCursor}`)).toEqual([first.id])
  })

  it('leads to what was delivered in each', async () => {
    const [one, other] = [await woken(), await woken()]
    const { data } = (await tenant.call('GET', `/v1/deliveries?wake=${one.id}`)).json
    expect(data.map(({ eventType }: { eventType: string }) => eventType)).toContain('session.wake')
    for (const { wakeId } of data) expect(wakeId).toBe(one.id)
    expect(one.id).not.toBe(other.id)
  })
})
