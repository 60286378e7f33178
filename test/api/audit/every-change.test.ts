import { beforeAll, describe, expect, it } from 'vitest'
import { operatorToken, type TestTenant } from '#support/client/api.ts'
import { useApi } from '#support/client/use-api.ts'
import { leavesNoEntry, waysToChange } from './ways-to-change.ts'

const api = useApi()
let tenant: TestTenant
beforeAll(async () => {
  tenant = await api.tenant()
})

/** The entries of the request with that response. */
const entriesOf = (headers: Record<string, unknown>) =>
  api.database.many<Record<string, unknown>>('select * from audit where request_id = $1', [headers['x-request-id']])

const changing = () =>
  Object.values(api.document.paths)
    .flatMap((methods) => Object.entries(methods))
    .filter(([method]) => method !== 'get' && method !== 'head')
    .map(([, { operationId }]) => operationId)

describe('the audit', () => {
  it('has one entry for a request of every operation that changes something', async () => {
    const ways = waysToChange(api, tenant)
    expect([...Object.keys(ways), ...Object.keys(leavesNoEntry)].toSorted()).toEqual(changing().toSorted())
    const keyId = (await api.database.first<{ id: string }>('select id from api_key where tenant_id = $1', [
      tenant.id,
    ]))!.id
    for (const [operationId, prepare] of Object.entries(ways)) {
      const { method, url, body, cookie, key = tenant.key, target, about = () => tenant.id } = await prepare()
      const by = cookie === undefined ? { key } : { headers: { cookie, 'sec-fetch-site': 'same-origin' } }
      const { status, headers, json } = await api.call(method, url, { ...by, ...(body === undefined ? {} : { body }) })
      expect(status, `${operationId} ${JSON.stringify(json)}`).toBeLessThan(300)
      const ofOperator = key === operatorToken
      expect(await entriesOf(headers), operationId).toEqual([
        {
          id: expect.stringMatching(/^aud_/),
          tenantId: about(json),
          actor: ofOperator ? 'operator' : 'key',
          keyId: ofOperator ? null : keyId,
          signInId: cookie === undefined ? null : target,
          action: operationId,
          target: typeof target === 'function' ? target(json) : target,
          address: '127.0.0.1',
          requestId: headers['x-request-id'],
          at: expect.any(Date),
        },
      ])
    }
  })

  it('has none for a request that finds everything as it wants it', async () => {
    const ways = waysToChange(api, tenant)
    const repeatable = [
      'finishSession',
      'invalidateSession',
      'suspendTask',
      'resumeTask',
      'cancelTask',
      'completeWake',
      'revokeApiKey',
      'enableEndpoint',
      'leaveForeground',
      'putSession',
    ]
    for (const operationId of repeatable) {
      const { method, url, body } = await ways[operationId]!()
      await tenant.call(method, url, body)
      const again = await tenant.call(method, url, body)
      expect(again.status, operationId).toBeLessThan(300)
      expect(await entriesOf(again.headers), operationId).toEqual([])
    }
  })

  it('has none for a replay of an Idempotency-Key', async () => {
    const { method, url, body } = await waysToChange(api, tenant).createTask!()
    const call = { key: tenant.key, body, headers: { 'idempotency-key': 'once' } }
    const [first, second] = [await api.call(method, url, call), await api.call(method, url, call)]
    expect([second.headers['idempotency-replayed'], second.text]).toEqual(['true', first.text])
    expect([await entriesOf(first.headers), await entriesOf(second.headers)]).toMatchObject([[{}], []])
  })

  it('has none for a request that is refused, before or after it has locked something', async () => {
    const ways = waysToChange(api, tenant)
    const cancel = await ways.cancelTask!()
    await tenant.call('POST', cancel.url, {})
    const file = await ways.moveTaskFile!()
    await tenant.call('POST', file.url.replace('move', 'release'), {})
    const inUse = await ways.deleteEndpoint!()
    const delegate = { endpointId: inUse.target }
    await tenant.call('PUT', '/v1/sessions/that-uses-it', { configuration: { delegate } })
    const refused = [
      await tenant.call('POST', cancel.url.replace('cancel', 'suspend'), {}),
      await tenant.call('PATCH', `/v1/tasks/${cancel.target}`, { url: 'https://origin.example.com/2' }),
      await tenant.call('POST', file.url, file.body),
      await tenant.call('DELETE', inUse.url),
      await tenant.call('POST', `/v1/tasks/${api.deps.mint.id('tsk')}/cancel`, {}),
      await tenant.call('PUT', '/v1/sessions/that-uses-it', { configuration: { delegate: { kind: 'pull' } } }),
      await api.call('POST', '/v1/admin/tenants', { key: tenant.key, body: { name: 'mine' } }),
      await tenant.call('POST', '/v1/sessions/nowhere/tasks', { url: 'https://origin.example.com/' }),
    ]
    for (const { status, headers, json } of refused) {
      expect(status, JSON.stringify(json)).toBeGreaterThanOrEqual(400)
      expect(await entriesOf(headers)).toEqual([])
    }
  })

  it('has one for a request of several transactions', async () => {
    const { url } = await waysToChange(api, tenant).enableEndpoint!()
    const endpointId = url.split('/')[3]
    await tenant.call('POST', url, {})
    const configuration = { delegate: { endpointId } }
    await tenant.call('PUT', '/v1/sessions/woken-again', { configuration })
    await api.database.run("update endpoint set state = 'disabled' where id = $1", [endpointId])
    await api.database.run(
      `insert into delivery_lane (session_id, endpoint_id, due_at)
       select id, endpoint_id, now() + interval '1 hour' from session where identifier = 'woken-again'`,
    )
    const { status, headers } = await tenant.call('PUT', '/v1/sessions/woken-again', { configuration })
    expect(status).toBe(200)
    expect(await entriesOf(headers)).toMatchObject([{ action: 'putSession', target: 'woken-again' }])
  })

  it('has nothing of what requests contain', async () => {
    const secrets = ['s3cret-in-url', 's3cret-in-header', 's3cret-in-query', 's3cret-in-a-name', 's3cret-in-metadata']
    const configuration = {
      delegate: { url: `https://hooks.example.com/${secrets[2]}` },
      httpAdditionalHeaders: { 'x-token': secrets[1] },
    }
    const { secret } = (await tenant.call('PUT', '/v1/sessions/with-secrets', { configuration })).json
    await tenant.call('POST', '/v1/sessions/with-secrets/tasks', {
      url: `https://user:${secrets[0]}@origin.example.com/?token=${secrets[0]}`,
      headers: { authorization: `Bearer ${secrets[1]}` },
      taskDescription: secrets[3],
      metadata: { token: secrets[4] },
    })
    const made = await api.call('POST', '/v1/admin/tenants', { key: operatorToken, body: { name: secrets[3] } })
    const rows = JSON.stringify(await api.database.many('select * from audit'))
    for (const each of [...secrets, secret, made.json.apiKey, tenant.key, operatorToken])
      expect(rows).not.toContain(each)
    expect(rows).not.toMatch(/bh_|whsec_|Bearer/)
  })

  it('holds the change back when the entry cannot be written', async () => {
    const session = (await waysToChange(api, tenant).createTasks!()).target
    await api.database.run('alter table audit rename to audit_away')
    const { status } = await tenant.call('POST', `/v1/sessions/${session}/tasks`, {
      url: 'https://origin.example.com/',
    })
    await api.database.run('alter table audit_away rename to audit')
    expect(status).toBe(500)
    expect((await tenant.call('GET', `/v1/sessions/${session}/tasks`)).json.data).toEqual([])
  })
})
