import { describe, expect, it } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { finish, newSession, newTask } from '#support/builders/api-fixtures.ts'
import { openApi, operatorToken } from '#support/client/api.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'

const api = useApi()
const tenant = useTenant(api)
const operator = (query: string) => api.call('GET', `/v1/admin/usage?${query}`, { key: operatorToken })
const pointers = ({ json }: { json: { errors: { pointer: string }[] } }) => json.errors.map(({ pointer }) => pointer)

describe('GET /v1/usage', () => {
  it('has every day of the last 30 and today, and what was done in them', async () => {
    const session = await newSession(tenant)
    const [done, canceled] = [await newTask(tenant, session), await newTask(tenant, session)]
    await finish(api, tenant, done, 'the bytes')
    await tenant.call('POST', `/v1/tasks/${canceled}/cancel`, {})
    const { status, json } = await tenant.call('GET', '/v1/usage')
    expect(status).toBe(200)
    expect(json.data).toHaveLength(31)
    const days = json.data.map(({ at }: { at: string }) => Date.parse(at))
    expect(days).toEqual(days.map((_: number, n: number) => days[0] + n * 86_400_000))
    expect(json.totals).toMatchObject({
      tasksCreated: 2,
      tasksCompleted: 1,
      tasksFailed: 0,
      tasksCanceled: 1,
      bytesReceived: 9,
      bytesSent: 0,
    })
    expect(json.data[0]).toMatchObject({ tasksCreated: 0, bytesReceived: 0, bytesStoredAverage: 0, requests: 0 })
    expect(json.data.at(-1).bytesStoredAverage).toBeLessThanOrEqual(9)
  })

  it('has hours when asked, of a range in any zone', async () => {
    const { json } = await tenant.call(
      'GET',
      '/v1/usage?since=2026-01-01T00:30:00%2B01:00&until=2026-01-01T02:00:00Z&step=hour',
    )
    expect(json.data.map(({ at }: { at: string }) => at)).toEqual([
      '2025-12-31T23:00:00.000Z',
      '2026-01-01T00:00:00.000Z',
      '2026-01-01T01:00:00.000Z',
    ])
  })

  it.each([
    ['since=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z', ['/query/since']],
    ['since=2026-01-01T00:00:00Z&until=2026-03-01T00:00:00Z&step=hour', ['/query/step']],
    ['since=yesterday', ['/query/since']],
    ['step=minute', ['/query/step']],
    ['since=2016-12-31T23:59:60Z', ['/query/since']],
    ['tenant=ten_1', ['/query/tenant']],
  ])('refuses %s', async (query, expected) => {
    const response = await tenant.call('GET', `/v1/usage?${query}`)
    expect(response.status).toBe(400)
    expect(response.json.code).toBe('invalid_request')
    expect(pointers(response)).toEqual(expected)
  })

  it('needs the scope read', async () => {
    const key = await api.keyOf(tenant.id, ['write'])
    expect((await api.call('GET', '/v1/usage', { key })).status).toBe(403)
  })

  it('counts requests within seconds, refused ones too, and those of the last moments when the process stops', async () => {
    const own = await openApi()
    try {
      const { call, id } = await own.tenant()
      await call('GET', '/v1/usage')
      await call('GET', '/v1/tasks/tsk_unknown')
      const counted = async () => (await call('GET', '/v1/usage')).json.totals.requests as number
      await eventually('the first requests are written', async () => (await counted()) >= 2)
      await own.app.close()
      const written = await own.database.first<{ requests: bigint }>(
        'select sum(requests)::int8 as requests from usage_hour where tenant_id = $1',
        [id],
      )
      expect(written!.requests).toBeGreaterThan(2n)
      const again = await own.database.first('select sum(requests)::int8 as requests from usage_hour', [])
      expect(again).toEqual(written)
    } finally {
      await own.close()
    }
  })
})

describe('GET /v1/admin/usage', () => {
  const range = 'since=2026-01-01T00:00:00Z&until=2026-01-04T00:00:00Z'

  it('has a row for every tenant and point, page by page', async () => {
    const [one, other] = await Promise.all([api.tenant(), api.tenant()])
    await newTask(one, await newSession(one))
    const rows: { tenantId: string; at: string }[] = []
    let cursor = ''
    do {
      const { json } = await operator(`${range}&limit=2${cursor}`)
      rows.push(...json.data)
      cursor = json.nextCursor === null ? '' : `&cursor=${json.nextCursor}`
    } while (cursor !== '')
    const tenants = await api.database.many<{ id: string }>('select id from tenant order by id')
    const days = ['2026-01-01', '2026-01-02', '2026-01-03'].map((day) => `${day}T00:00:00.000Z`)
    expect(rows.map(({ tenantId, at }) => [tenantId, at])).toEqual(
      tenants.flatMap(({ id }) => days.map((at) => [id, at])),
    )
    const own = await operator(`tenant=${one.id}&limit=200`)
    expect(own.json.data).toHaveLength(31)
    expect(own.json.data.at(-1)).toMatchObject({ tenantId: one.id, tasksCreated: 1 })
    expect((await operator(`tenant=${other.id}&limit=200`)).json.data.at(-1)).toMatchObject({ tasksCreated: 0 })
  })

  it('is the same as CSV, whole, with a row of names', async () => {
    await newTask(tenant, await newSession(tenant))
    const csv = await operator(`tenant=${tenant.id}&format=csv`)
    expect(csv.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="usage.csv"',
    })
    const [names, ...lines] = csv.text.split('\r\n')
    const { json } = await operator(`tenant=${tenant.id}&limit=200`)
    expect(lines.pop()).toBe('')
    const columns = names!.split(',')
    // Requests are written now and then, maybe between the two.
    const comparable = (fields: [string, unknown][]) =>
      Object.fromEntries(fields.filter(([name]) => name !== 'requests').map(([name, value]) => [name, String(value)]))
    expect(lines.map((line) => comparable(line.split(',').map((value, n) => [columns[n]!, value])))).toEqual(
      json.data.map((row: object) => comparable(Object.entries(row))),
    )
    const hours = `since=2026-01-01T00:00:00Z&until=2026-02-01T00:00:00Z&step=hour&format=csv`
    const tenants = await api.database.first<{ count: bigint }>('select count(*) from tenant')
    expect((await operator(hours)).text.split('\r\n')).toHaveLength(Number(tenants!.count) * 744 + 2)
  })

  it.each([
    [`tenant=${'ten_01jqlhralk87'}`, 400, ['/query/tenant']],
    ['format=xml', 400, ['/query/format']],
    ['format=csv&limit=5&cursor=a', 400, ['/query/limit', '/query/cursor']],
    ['cursor=a', 400, ['/query/cursor']],
    ['since=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z&format=csv', 400, ['/query/since']],
  ])('refuses %s', async (query, status, expected) => {
    const response = await operator(query)
    expect(response.status).toBe(status)
    expect(pointers(response)).toEqual(expected)
  })

  it.each(['json', 'csv'])('knows no tenant that is not there (%s)', async (format) => {
    expect((await operator(`tenant=${api.deps.mint.id('ten')}&format=${format}`)).status).toBe(404)
  })
})
