import { finish, newSession, newTask, newWorker } from '#support/builders/api-fixtures.ts'
import { type ApiUnderTest, openApi, operatorToken, type TestTenant } from '#support/client/api.ts'
import type { Operation } from '#support/client/openapi-check.ts'

const url = 'https://origin.example.com/'

/** A right body of every operation that takes one; what ends the session comes last. */
export const rightBodies: Record<string, object> = {
  putSession: { configuration: { delegate: { kind: 'pull' } } },
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
  createApiKey: { name: 'a', scopes: ['read'], expiresAt: '2100-01-01T00:00:00Z', allowedCidrs: ['10.0.0.0/8'] },
  createSignIn: { key: 'not-a-key' },
  rotateApiKey: { overlapSeconds: 604_800 },
  rotateTenantApiKey: { overlapSeconds: 604_800 },
  changeTenant: { limiterPolicy: { baseSeconds: 1, factor: 2, capSeconds: 3 } },
  enterForeground: { ttlSeconds: 60 },
  simulateLimiter: { chain: { count: 1, thinkSeconds: 1, transferSeconds: 1 } },
  finishSession: {},
  invalidateSession: {},
  drainWorker: {},
}

export interface OperationUnderTest {
  name: string
  method: string
  /** As the document has it, with names in braces. */
  template: string
  /** A path of an existing resource. */
  path: string
  /** A key that is allowed to call it. */
  key: string
  told: Operation
  /** Of the body's schema, if it takes one. */
  $ref?: string
}

/** The API with one of everything in it, and every operation of its document with the address of that. */
export async function openOperations(): Promise<{
  api: ApiUnderTest
  tenant: TestTenant
  operations: OperationUnderTest[]
}> {
  const api = await openApi()
  const tenant = await api.tenant()
  const session = await newSession(tenant, { delegate: { url: 'https://hooks.example.com/' } })
  const task = await newTask(tenant, session)
  await finish(api, tenant, task)
  await api.stores.wakes.openWakes()
  const { openWake, configuration } = (await tenant.call('GET', `/v1/sessions/${session}`)).json
  const [delivery] = (await tenant.call('GET', '/v1/deliveries')).json.data
  const spare = (await tenant.call('POST', '/v1/api-keys', { name: 'spare', scopes: ['read'] })).json
  const ids: Record<string, string> = {
    tasks: task,
    wakes: openWake.id,
    tenants: tenant.id,
    'webhook-endpoints': configuration.delegate.endpointId,
    deliveries: delivery.id,
    'api-keys': spare.key.id,
    workers: await newWorker(api),
  }
  const operations = Object.entries(api.document.paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, told]) => {
      const kind = template.split('/').find((segment) => segment in ids) ?? ''
      const $ref = told.requestBody?.content['application/json']?.schema.$ref
      return {
        name: told.operationId,
        method: method.toUpperCase(),
        template,
        path: template
          .replace('{identifier}', session)
          .replace('{id}', ids[kind] ?? '')
          .replace('{keyId}', spare.key.id)
          .replace('{host}', 'origin.example.com'),
        key: template.startsWith('/v1/admin') ? operatorToken : tenant.key,
        told,
        ...($ref === undefined ? {} : { $ref }),
      }
    }),
  )
  return { api, tenant, operations }
}
