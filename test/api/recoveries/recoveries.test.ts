import { beforeEach, describe, expect, it } from 'vitest'
import { finish, newSession, newTask } from '#support/builders/api-fixtures.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'

const api = useApi()
const tenant = useTenant(api)
let endpointId: string
beforeEach(async () => {
  const { json } = await tenant.call('POST', '/v1/webhook-endpoints', { url: 'https://hooks.example.com/' })
  endpointId = json.id
})

const minute = 60_000
const ago = (ms: number) => new Date(Date.now() - ms).toISOString()
const recover = (body: unknown) => tenant.call('POST', `/v1/webhook-endpoints/${endpointId}/recover`, body)
const setState = (state: string) =>
  api.database.run('update endpoint set state = $2 where id = $1', [endpointId, state])

describe('a recovery', () => {
  it('is begun with 202, and shows how far it is', async () => {
    const session = await newSession(tenant, { delegate: { endpointId } })
    await setState('disabled')
    await finish(api, tenant, await newTask(tenant, session))
    await setState('enabled')
    await api.stores.wakes.openWakes()
    const { status, json } = await recover({ since: ago(60 * minute) })
    expect([status, json]).toMatchObject([202, { endpointId, state: 'running', total: 2, examined: 0, endedAt: null }])
    const url = `/v1/webhook-endpoints/${endpointId}/recoveries/${json.id}`
    expect((await tenant.call('GET', url)).json).toEqual(json)
    while (await api.stores.recoveries.recoverEvents());
    expect((await tenant.call('GET', url)).json).toMatchObject({ state: 'completed', examined: 2, queued: 2 })
    await api.stores.wakes.openWakes()
    const { data } = (await tenant.call('GET', `/v1/deliveries?endpoint=${endpointId}&state=pending`)).json
    const types = data.map(({ eventType }: { eventType: string }) => eventType)
    expect(types.toSorted()).toEqual(['session.wake', 'task.completed', 'task.finished_downloading'])
  })

  it('is begun once for an Idempotency-Key, and its first response is replayed', async () => {
    const url = `/v1/webhook-endpoints/${endpointId}/recover`
    const headers = { 'idempotency-key': 'once' }
    const body = { since: ago(60 * minute) }
    const first = await api.call('POST', url, { key: tenant.key, body, headers })
    const second = await api.call('POST', url, { key: tenant.key, body, headers })
    expect([second.status, second.text]).toEqual([202, first.text])
    expect(second.headers['idempotency-replayed']).toBe('true')
  })

  it('is one at a time', async () => {
    await recover({ since: ago(minute) })
    const { status, json } = await recover({ since: ago(minute) })
    expect([status, json.code]).toEqual([409, 'recovery_running'])
  })

  it('is refused while the endpoint is disabled', async () => {
    await setState('disabled')
    const { status, json } = await recover({ since: ago(minute) })
    expect([status, json.code]).toEqual([409, 'endpoint_disabled'])
  })

  it.each([
    ['more than 30 days ago', () => ({ since: ago(31 * 24 * 60 * minute) }), ['/since']],
    ['in the future', () => ({ since: ago(-5 * minute) }), ['/since']],
    ['until the future', () => ({ since: ago(minute), until: ago(-5 * minute) }), ['/until']],
    ['backwards', () => ({ since: ago(minute), until: ago(2 * minute) }), ['/until']],
    ['wrong twice', () => ({ since: ago(31 * 24 * 60 * minute), until: ago(-5 * minute) }), ['/until', '/since']],
    ['without a beginning', () => ({ until: ago(minute) }), ['/since']],
    ['that is no time', () => ({ since: 'yesterday' }), ['/since']],
    ['that is a number', () => ({ since: Date.now() }), ['/since']],
    ['with an unknown field', () => ({ since: ago(minute), types: [] }), ['/types']],
    ['that is not an object', () => [], ['']],
  ])('is refused for a range %s, and nothing is stored', async (_, body, pointers) => {
    const { status, json } = await recover(body())
    expect([status, json.code]).toEqual([400, 'invalid_request'])
    expect(json.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(pointers)
    expect(await api.database.many('select 1 from recovery where endpoint_id = $1', [endpointId])).toEqual([])
  })

  it('does not exist for others, nor for another endpoint', async () => {
    const { json } = await recover({ since: ago(minute) })
    const other = (await tenant.call('POST', '/v1/webhook-endpoints', { url: 'https://other.example.com/' })).json
    expect((await tenant.call('GET', `/v1/webhook-endpoints/${other.id}/recoveries/${json.id}`)).status).toBe(404)
    const stranger = await api.tenant()
    const url = `/v1/webhook-endpoints/${endpointId}`
    expect((await stranger.call('GET', `${url}/recoveries/${json.id}`)).status).toBe(404)
    expect((await stranger.call('POST', `${url}/recover`, { since: ago(minute) })).status).toBe(404)
  })
})
