import { describe, expect, it } from 'vitest'
import { newSession, newTask } from '#support/builders/api-fixtures.ts'
import { operatorToken, type TestTenant } from '#support/client/api.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'

const api = useApi()
const tenant = useTenant(api)

interface Entry {
  action: string
  target: string | null
  at: string
}
const listed = async (query = '', by: TestTenant = tenant): Promise<Entry[]> =>
  (await by.call('GET', `/v1/audit${query}`)).json.data
const ofOperators = async (query: string) =>
  (await api.call('GET', `/v1/admin/audit?${query}`, { key: operatorToken })).json

describe('GET /v1/audit', () => {
  it('shows who changed what, when and from where, the oldest first', async () => {
    const session = await newSession(tenant)
    const task = await newTask(tenant, session)
    const { headers } = await tenant.call('POST', `/v1/tasks/${task}/cancel`, {})
    const entries = await listed()
    expect(entries.map(({ action, target }) => [action, target])).toEqual([
      ['createTenant', tenant.id],
      ['putSession', session],
      ['createTask', task],
      ['cancelTask', task],
    ])
    const actor = { kind: 'key', keyId: expect.stringMatching(/^key_/) }
    expect(entries.at(-1)).toMatchObject({ actor, address: '127.0.0.1', requestId: headers['x-request-id'] })
  })

  it("shows what operators did about the tenant, but not where they are, and no other tenant's", async () => {
    const stranger = await api.tenant()
    await newSession(stranger)
    const url = `/v1/admin/tenants/${tenant.id}`
    await api.call('PATCH', url, { key: operatorToken, body: { preferredHours: null } })
    const operator = { actor: { kind: 'operator', keyId: null }, address: null, target: tenant.id }
    expect(await listed()).toMatchObject([
      { action: 'createTenant', ...operator },
      { action: 'changeTenant', ...operator },
    ])
  })

  it('is narrowed by time, operation and key', async () => {
    const session = await newSession(tenant)
    const writer = await api.keyOf(tenant.id, ['write'])
    const body = { url: 'https://origin.example.com/' }
    await api.call('POST', `/v1/sessions/${session}/tasks`, { key: writer, body })
    const [, put, key, task] = await listed()
    expect([put, key, task]).toMatchObject([
      { action: 'putSession' },
      { action: 'createTenantApiKey' },
      { action: 'createTask' },
    ])
    expect(await listed('?action=createTask')).toEqual([task])
    expect(await listed(`?key=${key!.target}`)).toEqual([task])
    expect(await listed(`?key=${key!.target}&action=putSession`)).toEqual([])
    expect(await listed(`?since=${put!.at}`)).toEqual([put, key, task])
    expect(await listed(`?since=${put!.at}&action=createTenant`)).toEqual([])
  })

  it('is read from the newest on, where that is wanted, page by page', async () => {
    for (let n = 0; n < 3; n++) await newSession(tenant)
    const newest = '/v1/audit?order=newestFirst'
    const all: Entry[] = (await tenant.call('GET', newest)).json.data
    expect(all).toEqual((await listed()).toReversed())
    const first = (await tenant.call('GET', `${newest}&limit=2`)).json
    const rest = (await tenant.call('GET', `${newest}&cursor=${first.nextCursor}`)).json
    expect([...first.data, ...rest.data]).toEqual(all)
    const entries = (await ofOperators(`tenant=${tenant.id}&order=newestFirst`)).data
    expect(entries.map(({ action }: Entry) => action)).toEqual(all.map(({ action }) => action))
  })

  it('is read page by page, also where entries have the same time', async () => {
    for (let n = 0; n < 5; n++) await newSession(tenant)
    await api.database.run(
      `insert into audit (id, tenant_id, actor, action, address, request_id, at)
       select 'aud_' || lpad(n::text, 26, '0'), $1, 'operator', 'changeTenant', '::1', 'r', date_trunc('seconds', now())
       from generate_series(1, 5) n`,
      [tenant.id],
    )
    const all = await listed()
    const pages: Entry[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { json } = await tenant.call('GET', `/v1/audit?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
      expect(json.data.length).toBeLessThanOrEqual(2)
      pages.push(...json.data)
      cursor = json.nextCursor
    }
    expect(all).toHaveLength(11)
    expect(pages).toEqual(all)
  })

  it.each(['since=yesterday', 'since=2026-12-31T23:59:60Z', 'action=a%20b', 'key=ten_1', 'cursor=abc', 'until=x'])(
    'refuses ?%s',
    async (query) => {
      const { status, json } = await tenant.call('GET', `/v1/audit?${query}`)
      expect([status, json.code]).toEqual([400, 'invalid_request'])
      expect(json.errors[0].pointer).toBe(`/query/${query.split('=')[0]}`)
    },
  )
})

describe('GET /v1/admin/audit', () => {
  it('shows the entries of one tenant or of all, with the addresses of operators', async () => {
    const session = await newSession(tenant)
    const stranger = await api.tenant()
    const { data } = await ofOperators(`tenant=${tenant.id}`)
    expect(data).toMatchObject([
      { action: 'createTenant', tenantId: tenant.id, actor: { kind: 'operator', keyId: null }, address: '127.0.0.1' },
      { action: 'putSession', tenantId: tenant.id, target: session },
    ])
    const all = await ofOperators(`since=${data[0].at}`)
    expect(all.data).toMatchObject([data[0], data[1], { action: 'createTenant', tenantId: stranger.id }])
    expect((await ofOperators(`since=${data[0].at}&action=putSession`)).data).toEqual([data[1]])
  })
})
