import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiUnderTest, openApi, operatorToken, type TestTenant } from '../support/api.ts'
import { faultyBodies } from '../support/faulty-bodies.ts'
import { finish, newSession, newTask } from '../support/stages.ts'

let api: ApiUnderTest
let tenant: TestTenant
let ids: Record<string, string>
beforeAll(async () => {
  api = await openApi()
  tenant = await api.tenant()
  const session = await newSession(tenant, { delegate: { url: 'https://hooks.example.com/' } })
  const task = await newTask(tenant, session)
  await finish(api, tenant, task)
  await api.store.openWakes()
  const { openWake, configuration } = (await tenant.call('GET', `/v1/sessions/${session}`)).json
  const [delivery] = (await tenant.call('GET', '/v1/deliveries')).json.data
  ids = {
    identifier: session,
    tasks: task,
    wakes: openWake.id,
    tenants: tenant.id,
    'webhook-endpoints': configuration.delegate.endpointId,
    deliveries: delivery.id,
  }
})
afterAll(() => api.close())

const url = 'https://origin.example.com/'
/** A right body of every operation that takes one. */
const rightBodies: Record<string, object> = {
  putSession: { configuration: { delegate: { kind: 'pull' } } },
  finishSession: {},
  invalidateSession: {},
  createTask: { url },
  createTasks: { tasks: [{ url }, { url }] },
  suspendTask: {},
  resumeTask: {},
  cancelTask: { producingResumeData: true },
  changeTask: { priority: 1, taskDescription: 'a', metadata: { a: 'b' }, url },
  retryTask: {},
  keepTaskFile: {},
  moveTaskFile: { key: 'a' },
  renewTaskFile: { seconds: 60 },
  releaseTaskFile: {},
  createEndpoint: { url: 'https://hooks.example.com/new' },
  recoverEvents: { since: new Date().toISOString() },
  rotateEndpointSecret: { overlapSeconds: 60 },
  enableEndpoint: {},
  testEndpoint: { type: 'task.completed' },
  changeEndpoint: { description: 'a' },
  respondToDelivery: { status: 200, headers: { 'retry-after': '1' }, body: 'a' },
  completeWake: { completionToken: 'x' },
  extendWake: { seconds: 60 },
  createTenant: { name: 'a' },
  createTenantApiKey: { name: 'a', scopes: ['read'] },
  changeTenant: { limiterPolicy: { baseSeconds: 1, factor: 2, capSeconds: 3 } },
  enterForeground: { ttlSeconds: 60 },
  simulateLimiter: { chain: { count: 1, thinkSeconds: 1, transferSeconds: 1 } },
}

/** Everything that a request could have left behind. */
async function everything(): Promise<unknown> {
  const tables = ['tenant', 'api_key', 'session', 'task', 'endpoint', 'wake', 'event', 'delivery', 'recovery']
  const sums = tables.map((table) => `(select md5(string_agg(t::text, ',' order by id)) from ${table} t) as ${table}`)
  return api.database.first(`select ${sums.join(', ')}`)
}

describe('every field of every body', () => {
  it('has a right body to start from', () => {
    const operations = Object.values(api.document.paths).flatMap((methods) => Object.values(methods))
    const withBody = operations.filter(({ requestBody }) => requestBody).map(({ operationId }) => operationId)
    expect(withBody.toSorted()).toEqual(Object.keys(rightBodies).toSorted())
  })

  it.each(Object.keys(rightBodies))(
    'of %s is refused with a pointer when it is wrong, and nothing changes',
    async (name) => {
      const [path, method, operation] = Object.entries(api.document.paths)
        .flatMap(([path, methods]) => Object.entries(methods).map(([method, found]) => [path, method, found] as const))
        .find(([, , { operationId }]) => operationId === name)!
      const kind = path.split('/').find((segment) => segment in ids) ?? ''
      const target = path.replace('{identifier}', ids.identifier!).replace('{id}', ids[kind] ?? '')
      const key = path.startsWith('/v1/admin') ? operatorToken : tenant.key
      const { $ref } = operation.requestBody!.content['application/json']!.schema
      const before = await everything()
      let tried = 0
      for (const { pointer, body, why } of faultyBodies(api.document, $ref, rightBodies[name]!)) {
        const { status, json } = await api.call(method.toUpperCase(), target, { key, body })
        expect(status, `${pointer} ${why}`).toBe(400)
        expect(json.code).toBe('invalid_request')
        expect(
          json.errors.map((fault: { pointer: string }) => fault.pointer),
          why,
        ).toContain(pointer)
        tried += 1
      }
      expect(tried).toBeGreaterThan(0)
      expect(await everything()).toEqual(before)
    },
  )
})
