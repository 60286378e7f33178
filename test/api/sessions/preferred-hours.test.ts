import { beforeAll, describe, expect, it } from 'vitest'
import { newSession, newTask } from '#support/builders/api-fixtures.ts'
import { claim } from '#support/builders/claim.ts'
import { operatorToken, type TestTenant } from '#support/client/api.ts'
import { useApi } from '#support/client/use-api.ts'

const api = useApi()
let tenant: TestTenant
beforeAll(async () => {
  tenant = await api.tenant()
})

const night = { timeZone: 'Europe/Berlin', windows: [{ days: ['mon', 'tue'], from: '22:00', to: '06:00' }] }
/** Open for a minute, half a day from now. */
function far(): typeof night | { timeZone: string; windows: { from: string; to: string }[] } {
  const hour = String((new Date().getUTCHours() + 12) % 24).padStart(2, '0')
  return { timeZone: 'UTC', windows: [{ from: `${hour}:00`, to: `${hour}:01` }] }
}
const patch = (body: unknown, id = tenant.id) =>
  api.call('PATCH', `/v1/admin/tenants/${id}`, { key: operatorToken, body })
const put = (identifier: string, preferredHours: unknown) =>
  tenant.call('PUT', `/v1/sessions/${identifier}`, { configuration: { delegate: { kind: 'pull' }, preferredHours } })

const bad: [string, unknown, string][] = [
  ['an unknown zone', { ...night, timeZone: 'Europe/Atlantis' }, '/timeZone'],
  ['an offset', { ...night, timeZone: '+01:00' }, '/timeZone'],
  ['no window', { ...night, windows: [] }, '/windows'],
  ['too many windows', { ...night, windows: Array(22).fill({ from: '01:00', to: '02:00' }) }, '/windows'],
  ['a window that never opens', { ...night, windows: [{ from: '22:00', to: '22:00' }] }, '/windows/0/to'],
  ['a time that is none', { ...night, windows: [{ from: '25:00', to: '06:00' }] }, '/windows/0/from'],
  ['a beginning at the end of the day', { ...night, windows: [{ from: '24:00', to: '06:00' }] }, '/windows/0/from'],
  ['an end behind the day', { ...night, windows: [{ from: '22:00', to: '24:01' }] }, '/windows/0/to'],
  ['a time without minutes', { ...night, windows: [{ from: '22', to: '06:00' }] }, '/windows/0/from'],
  ['no days', { ...night, windows: [{ days: [], from: '22:00', to: '06:00' }] }, '/windows/0/days'],
  ['a day twice', { ...night, windows: [{ days: ['mon', 'mon'], from: '22:00', to: '06:00' }] }, '/windows/0/days'],
  ['a day that is none', { ...night, windows: [{ days: ['Mon'], from: '22:00', to: '06:00' }] }, '/windows/0/days/0'],
  ['a window without an end', { ...night, windows: [{ from: '22:00' }] }, '/windows/0/to'],
  ['a field that is none', { ...night, zone: 'UTC' }, '/zone'],
]

describe('preferred hours', () => {
  it.each(bad)('with %s are refused, of a session and of a tenant', async (_name, hours, pointer) => {
    const session = await put('refused', hours)
    expect(session.status).toBe(400)
    expect(session.json.errors).toContainEqual(
      expect.objectContaining({ pointer: `/configuration/preferredHours${pointer}` }),
    )
    const { status, json } = await patch({ preferredHours: hours })
    expect(status).toBe(400)
    expect(json.errors).toContainEqual(expect.objectContaining({ pointer: `/preferredHours${pointer}` }))
    expect((await tenant.call('GET', '/v1/sessions/refused')).status).toBe(404)
  })

  it('of a tenant are set, shown, left alone and taken away', async () => {
    const { id } = await api.tenant()
    const shown = async () => {
      const { json } = await api.call('GET', '/v1/admin/tenants?limit=200', { key: operatorToken })
      return json.data.find((each: { id: string }) => each.id === id).preferredHours
    }
    expect(await shown()).toBeNull()
    expect((await patch({ preferredHours: night }, id)).json.preferredHours).toEqual(night)
    expect((await patch({ limiterPolicy: { baseSeconds: 1 } }, id)).json.preferredHours).toEqual(night)
    expect(await shown()).toEqual(night)
    expect((await patch({ preferredHours: null }, id)).json).toMatchObject({ preferredHours: null })
    expect(await shown()).toBeNull()
    expect((await patch({ preferredHours: night }, api.deps.mint.id('ten'))).status).toBe(404)
  })

  it('of a session are frozen, whatever the order in which they are written', async () => {
    expect((await put('frozen', night)).json.configuration.preferredHours).toEqual(night)
    const [window] = night.windows
    const same = { windows: [{ to: window!.to, from: window!.from, days: window!.days }], timeZone: night.timeZone }
    expect((await put('frozen', same)).status).toBe(200)
    const other = { ...night, timeZone: 'UTC' }
    const { status, json } = await put('frozen', other)
    expect(status).toBe(409)
    expect(json.differences).toEqual([{ pointer: '/preferredHours', stored: night, given: other }])
    expect((await put('plain', undefined)).json.configuration.preferredHours).toBeNull()
  })
})

describe('the plan of a task', () => {
  it('shows the next opening, and the latest start', async () => {
    const preferredHours = far()
    const session = await newSession(tenant, { preferredHours, isDiscretionary: true })
    const { json } = await tenant.call('POST', `/v1/sessions/${session}/tasks`, {
      url: 'https://origin.example.com/',
      countOfBytesClientExpectsToReceive: 0,
    })
    expect(new Date(json.plannedStart).toISOString()).toMatch(/T\d\d:00:00.000Z$/)
    expect(Date.parse(json.plannedStart)).toBeGreaterThan(Date.parse(json.createdAt) + 10 * 3_600_000)
    expect(Date.parse(json.deadline) - Date.parse(json.latestStart)).toBe(60_000)
    expect(json.waitingFor).toMatchObject([{ reason: 'discretionary', until: json.plannedStart }])
    await claim(api.stores, 0)
    const later = (await tenant.call('GET', `/v1/tasks/${json.id}`)).json
    expect([later.plannedStart, later.latestStart]).toEqual([json.plannedStart, json.latestStart])
  })

  it('follows what an operator prefers', async () => {
    const other = await api.tenant()
    const id = await newTask(other, await newSession(other, { isDiscretionary: true }))
    const planned = async () => Date.parse((await other.call('GET', `/v1/tasks/${id}`)).json.plannedStart)
    const soon = await planned()
    await patch({ preferredHours: far() }, other.id)
    expect(await planned()).toBeGreaterThan(soon + 10 * 3_600_000)
    await api.stores.sessions.holdClosedSessions()
    await patch({ preferredHours: null }, other.id)
    expect(await planned()).toBeLessThan(soon + 3_600_000)
  })
})
