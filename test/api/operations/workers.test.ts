import { describe, expect, it } from 'vitest'
import { newWorker } from '#support/builders/api-fixtures.ts'
import { operatorToken } from '#support/client/api.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'

const api = useApi()
const tenant = useTenant(api)
const admin = (method: string, path: string, body?: unknown) =>
  api.call(method, `/v1/admin/workers${path}`, { key: operatorToken, body })
const entriesOf = (headers: Record<string, unknown>) =>
  api.database.many<Record<string, unknown>>('select action, target, tenant_id from audit where request_id = $1', [
    headers['x-request-id'],
  ])

describe('workers', () => {
  it('are listed for operators, with what they are and do', async () => {
    const id = await newWorker(api, 'machine-7')
    const { status, json } = await admin('GET', '')
    expect(status).toBe(200)
    expect(json.data).toContainEqual({
      id,
      version: '0.1.0',
      host: 'machine-7',
      startedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      lastSeenAt: expect.stringMatching(/^\d{4}-.*Z$/),
      slots: 20,
      running: 3,
      state: 'running',
    })
  })

  it('are listed page by page', async () => {
    for (let n = 0; n < 3; n++) await newWorker(api)
    const all = (await admin('GET', '?limit=200')).json.data
    const first = (await admin('GET', '?limit=2')).json
    const rest = (await admin('GET', `?limit=200&cursor=${first.nextCursor}`)).json
    expect([...first.data, ...rest.data]).toEqual(all)
    expect(rest.nextCursor).toBe(null)
    expect(await admin('GET', '?cursor=bm90IG9uZQ')).toMatchObject({ status: 400, json: { code: 'invalid_request' } })
  })

  it('are drained one at a time, and to drain one again changes nothing', async () => {
    const [id, other] = [await newWorker(api), await newWorker(api)]
    const drained = await admin('POST', `/${id}/drain`, {})
    expect(drained).toMatchObject({ status: 202, json: { id, state: 'draining', running: 3 } })
    expect(await entriesOf(drained.headers)).toEqual([{ action: 'drainWorker', target: id, tenantId: null }])
    const again = await admin('POST', `/${id}/drain`)
    expect(again).toMatchObject({ status: 202, json: drained.json })
    expect(await entriesOf(again.headers)).toEqual([])
    const states = (await admin('GET', '?limit=200')).json.data
    expect(states).toContainEqual(drained.json)
    expect(states).toContainEqual(expect.objectContaining({ id: other, state: 'running' }))
  })

  it('that are not there are not found, and leave no audit', async () => {
    const missing = await admin('POST', `/${api.deps.mint.id('wrk')}/drain`, {})
    expect(missing).toMatchObject({
      status: 404,
      json: { type: expect.any(String), code: 'not_found', detail: 'There is no such worker.' },
    })
    expect(missing.headers['content-type']).toMatch('application/problem+json')
    expect(await entriesOf(missing.headers)).toEqual([])
    expect((await admin('POST', '/wrk_1/drain', {})).status).toBeGreaterThanOrEqual(400)
  })

  it('are nothing that a tenant may see or drain', async () => {
    const id = await newWorker(api)
    expect((await tenant.call('GET', '/v1/admin/workers')).status).toBe(401)
    expect((await tenant.call('POST', `/v1/admin/workers/${id}/drain`, {})).status).toBe(401)
    expect((await admin('GET', '?limit=200')).json.data).toContainEqual(
      expect.objectContaining({ id, state: 'running' }),
    )
  })
})
