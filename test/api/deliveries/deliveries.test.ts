import { describe, expect, it } from 'vitest'
import { finish, newSession, newTask } from '#support/builders/api-fixtures.ts'
import { recordAttempt, takeNextDelivery } from '#support/builders/next-deliveries.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'

const api = useApi()
const tenant = useTenant(api)

/** A session whose two tasks have completed, and the wake that this opened. */
async function woken() {
  const session = await newSession(tenant, { delegate: { url: 'https://hooks.example.com/' } })
  for (let n = 0; n < 2; n++) await finish(api, tenant, await newTask(tenant, session))
  await api.stores.wakes.openWakes()
  const { json } = await tenant.call('GET', `/v1/sessions/${session}`)
  return { session, wake: json.openWake }
}

describe('deliveries', () => {
  it('are listed with their attempts', async () => {
    const { wake } = await woken()
    const all = (await tenant.call('GET', '/v1/deliveries')).json.data
    expect(all).toHaveLength(5)
    expect(all[0]).toMatchObject({ eventType: 'session.wake', wakeId: wake.id, state: 'pending', attempts: 0 })
    const { id, eventId, endpointId } = all[0]
    expect((await tenant.call('GET', `/v1/deliveries?event=${eventId}`)).json.data).toHaveLength(1)
    expect((await tenant.call('GET', `/v1/deliveries?endpoint=${endpointId}&state=pending`)).json.data).toHaveLength(5)
    const { sessionIdentifier } = all[0]
    expect((await tenant.call('GET', `/v1/deliveries?session=${sessionIdentifier}`)).json.data).toHaveLength(5)
    expect((await tenant.call('GET', '/v1/deliveries?session=another')).status).toBe(404)
    expect((await tenant.call('GET', `/v1/deliveries/${id}`)).json).toEqual(all[0])
    expect((await tenant.call('GET', '/v1/deliveries?state=failed')).json.data).toEqual([])
    expect((await tenant.call('GET', `/v1/deliveries/${id}/attempts`)).json).toEqual({ data: [], requestBody: null })
    const newest = await tenant.call('GET', '/v1/deliveries?order=newestFirst&limit=2')
    const older = await tenant.call('GET', `/v1/deliveries?order=newestFirst&cursor=${newest.json.nextCursor}`)
    expect([...newest.json.data, ...older.json.data]).toEqual(all.toReversed())
    expect(older.json.nextCursor).toBeNull()

    const lane = (await api.stores.deliveries.listDueDeliveryLanes(10)).find((due) => due.endpointId === endpointId)!
    const head = (await takeNextDelivery(api.stores, lane))!
    const headers = { server: 'test', 'set-cookie': 'session=1', echo: JSON.parse(head.body).data.completionToken }
    const response = { status: 500, error: null, headers, body: 'no', retryAfterSeconds: null }
    await recordAttempt(api.stores, head, response, 0.5, false)
    const log = (await tenant.call('GET', `/v1/deliveries/${id}/attempts`)).json
    const attempts = log.data
    expect(log.requestBody).toBe(head.body)
    // A token of a wake, and what a browser would keep, are nobody's who only reads the log.
    expect(attempts[0].responseHeaders).toEqual({ server: 'test', 'set-cookie': '•••', echo: '•••' })
    expect(attempts).toMatchObject([{ number: 1, status: 500, responseBody: 'no', error: null, requestHeaders: null }])
  })

  it('are sent again by hand: 202, and pending in any case', async () => {
    const { session } = await woken()
    const url = `/v1/deliveries?session=${session}`
    const [first] = (await tenant.call('GET', url)).json.data
    const retried = await tenant.call('POST', `/v1/deliveries/${first.id}/retry`)
    expect([retried.status, retried.json.state, retried.json.id]).toEqual([202, 'pending', first.id])
    await api.database.run("update delivery set state = 'failed', attempts = 10, ended_at = now() where id = $1", [
      first.id,
    ])
    const again = await tenant.call('POST', `/v1/deliveries/${first.id}/retry`)
    expect([again.status, again.json]).toMatchObject([202, { state: 'pending', attempts: 10, endedAt: null }])
  })

  it('are not sent again to an endpoint that is disabled', async () => {
    await woken()
    const [first] = (await tenant.call('GET', '/v1/deliveries')).json.data
    await api.database.run("update endpoint set state = 'disabled' where id = $1", [first.endpointId])
    const { status, json } = await tenant.call('POST', `/v1/deliveries/${first.id}/retry`)
    expect([status, json.code]).toEqual([409, 'endpoint_disabled'])
    expect((await tenant.call('GET', `/v1/deliveries/${first.id}`)).json).toEqual(first)
  })

  it.each(['', '/attempts'])('that do not exist are 404: GET …%s', async (path) => {
    const { status, json } = await tenant.call('GET', `/v1/deliveries/dlv_01h455vb4pex5vsknk084sn02q${path}`)
    expect([status, json.code]).toEqual([404, 'not_found'])
  })

  it.each(['session=a%20b', 'state=dead', 'event=x', 'endpoint=whe_1', 'since=yesterday'])(
    'are not listed with ?%s',
    async (query) => {
      const { status, json } = await tenant.call('GET', `/v1/deliveries?${query}`)
      expect([status, json.code]).toEqual([400, 'invalid_request'])
      expect(json.errors[0].pointer).toBe(`/query/${query.split('=')[0]}`)
    },
  )
})
