import { beforeAll, describe, expect, it } from 'vitest'
import { newSession, newTask } from '#support/builders/api-fixtures.ts'
import type { TestTenant } from '#support/client/api.ts'
import { useApi } from '#support/client/use-api.ts'

const api = useApi()
let tenant: TestTenant
beforeAll(async () => {
  tenant = await api.tenant()
})

const put = (identifier: string, configuration: object) =>
  tenant.call('PUT', `/v1/sessions/${identifier}`, { configuration: { delegate: { kind: 'pull' }, ...configuration } })
const office = { days: ['mon', 'fri'], from: '08:00', to: '18:00', maximumBytesPerSecond: 125_000 }

const badRates: [string, unknown][] = [
  ['less than a KiB', 1023],
  ['nothing', 0],
  ['less than nothing', -1024],
  ['a fraction', 2048.5],
  ['more than can be counted', 2 ** 53],
  ['a text', '1MB'],
]

describe("a session's maximum", () => {
  it('is none unless given, and shown as it was given, with the zone of its timetable', async () => {
    expect((await put('plain', {})).json.configuration).toMatchObject({
      maximumBytesPerSecond: null,
      bandwidthTimetable: [],
    })
    const given = { maximumBytesPerSecond: 1024, bandwidthTimetable: [office, { ...office, timeZone: 'Asia/Tokyo' }] }
    const { json } = await put('limited', given)
    expect(json.configuration).toMatchObject({
      maximumBytesPerSecond: 1024,
      bandwidthTimetable: [
        { ...office, timeZone: 'UTC' },
        { ...office, timeZone: 'Asia/Tokyo' },
      ],
    })
    expect((await put('limited', given)).status).toBe(200)
    expect((await put('limited', { ...given, maximumBytesPerSecond: 2048 })).json.differences).toEqual([
      { pointer: '/maximumBytesPerSecond', stored: 1024, given: 2048 },
    ])
  })

  it.each(badRates)('of %s is refused, also in a timetable', async (_, rate) => {
    const { status, json } = await put('refused', {
      maximumBytesPerSecond: rate,
      bandwidthTimetable: [{ ...office, maximumBytesPerSecond: rate }],
    })
    expect(status).toBe(400)
    const pointers = json.errors.map(({ pointer }: { pointer: string }) => pointer)
    expect(pointers).toEqual([
      '/configuration/maximumBytesPerSecond',
      '/configuration/bandwidthTimetable/0/maximumBytesPerSecond',
    ])
    for (const { detail } of json.errors) expect(detail).toMatch(/\.$/)
    expect((await tenant.call('GET', '/v1/sessions/refused')).status).toBe(404)
  })

  const bad: [string, unknown, string][] = [
    ['without a maximum', { from: '08:00', to: '18:00' }, '/0/maximumBytesPerSecond'],
    ['that never opens', { ...office, to: '08:00' }, '/0/to'],
    ['in no zone', { ...office, timeZone: 'Mars/Base' }, '/0/timeZone'],
    ['at no time', { ...office, from: '24:00' }, '/0/from'],
    ['on no day', { ...office, days: [] }, '/0/days'],
    ['with a field that is none', { ...office, rate: 1 }, '/0/rate'],
  ]
  it.each(bad)('is refused with a window %s', async (_, window, pointer) => {
    const { status, json } = await put('refused', { bandwidthTimetable: [window] })
    expect(status).toBe(400)
    expect(json.errors).toContainEqual(
      expect.objectContaining({ pointer: `/configuration/bandwidthTimetable${pointer}` }),
    )
  })

  it('is refused with more windows than a week has use for', async () => {
    const { status, json } = await put('refused', { bandwidthTimetable: Array(43).fill(office) })
    expect([status, json.errors[0].pointer]).toEqual([400, '/configuration/bandwidthTimetable'])
  })
})

describe("a task's maximum", () => {
  it('is given, shown, changed and taken away', async () => {
    const session = await newSession(tenant)
    const id = await newTask(tenant, session, { maximumBytesPerSecond: 5000 })
    const plain = await newTask(tenant, session)
    const path = `/v1/tasks/${id}`
    const shown = async (of = id) => (await tenant.call('GET', `/v1/tasks/${of}`)).json.maximumBytesPerSecond
    expect([await shown(), await shown(plain)]).toEqual([5000, null])
    expect((await tenant.call('PATCH', path, { maximumBytesPerSecond: 6000 })).json.maximumBytesPerSecond).toBe(6000)
    expect((await tenant.call('PATCH', path, { priority: 1 })).json.maximumBytesPerSecond).toBe(6000)
    expect((await tenant.call('PATCH', path, { maximumBytesPerSecond: null })).json.maximumBytesPerSecond).toBeNull()
    expect(await shown()).toBeNull()
  })

  it.each(badRates)('of %s is refused, and nothing is changed', async (_, rate) => {
    const session = await newSession(tenant)
    const id = await newTask(tenant, session, { maximumBytesPerSecond: 5000 })
    for (const [method, path, body] of [
      ['POST', `/v1/sessions/${session}/tasks`, { url: 'https://example.com/', maximumBytesPerSecond: rate }],
      ['PATCH', `/v1/tasks/${id}`, { maximumBytesPerSecond: rate }],
    ] as const) {
      const { status, json } = await tenant.call(method, path, body)
      expect([status, json.errors[0].pointer]).toEqual([400, '/maximumBytesPerSecond'])
    }
    expect((await tenant.call('GET', `/v1/tasks/${id}`)).json.maximumBytesPerSecond).toBe(5000)
  })
})
