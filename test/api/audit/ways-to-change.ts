import { randomUUID } from 'node:crypto'
import { finish, newSession, newTask, newWorker, succeeded } from '#support/builders/api-fixtures.ts'
import { type ApiUnderTest, operatorToken, type TestTenant } from '#support/client/api.ts'

/** One request that changes something, and what its audit entry names. */
export interface ChangingRequest {
  method: string
  url: string
  body?: unknown
  /** Default: the tenant's key. */
  key?: string
  /** In the place of a key, from a page of the service. */
  cookie?: string
  /** What the entry names; a function of the response for what is made. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the operation answers
  target: string | null | ((json: any) => string)
  /** The tenant that the entry is about, if it is not the usual one; null: none. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the operation answers
  about?: (json: any) => string | null
}

/** What changes nothing of its own, and why. */
export const leavesNoEntry: Record<string, string> = {
  simulateLimiter: 'it computes',
  respondToDelivery: "it is a receiver's response, which the log of attempts has, as over HTTP",
}

/** For each operation: makes ready what it needs, and says how to call it. */
export function waysToChange(api: ApiUnderTest, tenant: TestTenant): Record<string, () => Promise<ChangingRequest>> {
  const endpoint = async () =>
    succeeded(await tenant.call('POST', '/v1/webhook-endpoints', { url: `https://hooks.example.com/${randomUUID()}` }))
      .id as string
  const task = async () => newTask(tenant, await newSession(tenant))
  const completed = async () => {
    const id = await task()
    await finish(api, tenant, id)
    return id
  }
  const wake = async () => {
    const session = await newSession(tenant, { delegate: { endpointId: await endpoint() } })
    await finish(api, tenant, await newTask(tenant, session))
    await api.stores.wakes.openWakes()
    const { data } = (await tenant.call('GET', `/v1/events?session=${session}&type=session.wake`)).json
    return { id: data[0].data.wakeId as string, completionToken: data[0].data.completionToken as string }
  }
  const post = (url: string, target: ChangingRequest['target'], body: unknown = {}) => ({
    method: 'POST',
    url,
    body,
    target,
  })
  const ofFile =
    (verb: string, body = {}) =>
    async () => {
      const id = await completed()
      return post(`/v1/tasks/${id}/file/${verb}`, id, body)
    }
  const ofEndpoint = (verb: string, body: unknown, target?: ChangingRequest['target']) => async () => {
    const id = await endpoint()
    return post(`/v1/webhook-endpoints/${id}/${verb}`, target ?? id, body)
  }
  const ofTask = (verb: string, before?: string) => async () => {
    const id = await task()
    if (before) succeeded(await tenant.call('POST', `/v1/tasks/${id}/${before}`, {}))
    return post(`/v1/tasks/${id}/${verb}`, id)
  }
  const ofSession = (verb: string) => async () => {
    const session = await newSession(tenant)
    await newTask(tenant, session)
    return post(`/v1/sessions/${session}/${verb}`, session)
  }
  const key = async () =>
    succeeded(await tenant.call('POST', '/v1/api-keys', { name: 'a', scopes: ['read'] })).key.id as string
  const url = 'https://origin.example.com/'
  const asOperator = { key: operatorToken }
  return {
    putSession: async () => {
      const body = { configuration: { delegate: { url: 'https://hooks.example.com/of-a-session' } } }
      return { method: 'PUT', url: '/v1/sessions/put-by-this', body, target: 'put-by-this' }
    },
    finishSession: ofSession('finish-and-invalidate'),
    invalidateSession: ofSession('invalidate-and-cancel'),
    createTask: async () => post(`/v1/sessions/${await newSession(tenant)}/tasks`, ({ id }) => id, { url }),
    createTasks: async () => {
      const session = await newSession(tenant)
      return post(`/v1/sessions/${session}/tasks/batch`, session, { tasks: [{ url }, { url }] })
    },
    suspendTask: ofTask('suspend'),
    resumeTask: ofTask('resume', 'suspend'),
    cancelTask: ofTask('cancel'),
    changeTask: async () => {
      const id = await task()
      return { method: 'PATCH', url: `/v1/tasks/${id}`, body: { priority: 1 }, target: id }
    },
    retryTask: async () => {
      const id = await task()
      succeeded(await tenant.call('POST', `/v1/tasks/${id}/cancel`, {}))
      return post(`/v1/tasks/${id}/retry`, (made) => made.id)
    },
    keepTaskFile: ofFile('keep'),
    moveTaskFile: ofFile('move', { key: randomUUID() }),
    renewTaskFile: ofFile('renew', { seconds: 60 }),
    releaseTaskFile: ofFile('release'),
    createEndpoint: async () =>
      post('/v1/webhook-endpoints', ({ id }) => id, { url: 'https://hooks.example.com/created' }),
    changeEndpoint: async () => {
      const id = await endpoint()
      return { method: 'PATCH', url: `/v1/webhook-endpoints/${id}`, body: { description: 'a' }, target: id }
    },
    deleteEndpoint: async () => {
      const id = await endpoint()
      return { method: 'DELETE', url: `/v1/webhook-endpoints/${id}`, target: id }
    },
    rotateEndpointSecret: ofEndpoint('rotate-secret', {}),
    enableEndpoint: async () => {
      const id = await endpoint()
      await api.database.run("update endpoint set state = 'disabled' where id = $1", [id])
      return post(`/v1/webhook-endpoints/${id}/enable`, id)
    },
    testEndpoint: ofEndpoint('test', {}, ({ deliveryId }) => deliveryId),
    recoverEvents: ofEndpoint('recover', { since: new Date().toISOString() }, ({ id }) => id),
    retryDelivery: async () => {
      const id = await endpoint()
      const { deliveryId } = succeeded(await tenant.call('POST', `/v1/webhook-endpoints/${id}/test`, {}))
      return post(`/v1/deliveries/${deliveryId}/retry`, deliveryId)
    },
    completeWake: async () => {
      const { id, completionToken } = await wake()
      return post(`/v1/wakes/${id}/complete`, id, { completionToken })
    },
    extendWake: async () => {
      const { id } = await wake()
      return post(`/v1/wakes/${id}/extend`, id, { seconds: 3600 })
    },
    enterForeground: async () => post('/v1/foreground', null, { ttlSeconds: 60 }),
    leaveForeground: async () => {
      succeeded(await tenant.call('POST', '/v1/foreground', { ttlSeconds: 60 }))
      return { method: 'DELETE', url: '/v1/foreground', target: null }
    },
    createTenant: async () => ({
      ...post('/v1/admin/tenants', (made) => made.tenant.id, { name: 'a' }),
      ...asOperator,
      about: (made) => made.tenant.id,
    }),
    changeTenant: async () => {
      const body = { preferredHours: null, limiterPolicy: null }
      return { method: 'PATCH', url: `/v1/admin/tenants/${tenant.id}`, body, ...asOperator, target: tenant.id }
    },
    deleteTenant: async () => {
      const { id } = await api.tenant()
      return { method: 'DELETE', url: `/v1/admin/tenants/${id}`, ...asOperator, target: id, about: () => null }
    },
    drainWorker: async () => {
      const id = await newWorker(api)
      return { ...post(`/v1/admin/workers/${id}/drain`, id), ...asOperator, about: () => null }
    },
    createApiKey: async () => post('/v1/api-keys', (made) => made.key.id, { name: 'a', scopes: ['read'] }),
    revokeApiKey: async () => {
      const id = await key()
      return { method: 'DELETE', url: `/v1/api-keys/${id}`, target: id }
    },
    rotateApiKey: async () => post(`/v1/api-keys/${await key()}/rotate`, (made) => made.key.id),
    revokeTenantApiKey: async () => {
      const id = await key()
      return { method: 'DELETE', url: `/v1/admin/tenants/${tenant.id}/api-keys/${id}`, ...asOperator, target: id }
    },
    rotateTenantApiKey: async () => ({
      ...post(`/v1/admin/tenants/${tenant.id}/api-keys/${await key()}/rotate`, (made) => made.key.id),
      ...asOperator,
    }),
    createSignIn: async () => post('/v1/sign-in', ({ id }) => id, { key: tenant.key }),
    deleteSignIn: async () => {
      const { headers, json } = await api.call('POST', '/v1/sign-in', { body: { key: tenant.key } })
      const cookie = String(headers['set-cookie']).split(';')[0]!
      return { method: 'DELETE', url: '/v1/sign-in', cookie, target: json.id }
    },
    createTenantApiKey: async () => ({
      ...post(`/v1/admin/tenants/${tenant.id}/api-keys`, (made) => made.key.id, { name: 'a', scopes: ['read'] }),
      ...asOperator,
    }),
  }
}
