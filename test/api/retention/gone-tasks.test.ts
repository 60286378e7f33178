import { expect, it } from 'vitest'
import { newSession, newTask } from '#support/builders/api-fixtures.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'
import { rightBodies } from '../http/every-operation.ts'

const api = useApi()
const tenant = useTenant(api)

/** A task that ended long ago and has gone. */
async function gone(): Promise<string> {
  const id = await newTask(tenant, await newSession(tenant))
  await tenant.call('POST', `/v1/tasks/${id}/cancel`, {})
  await api.database.run("update task set ended_at = ended_at - interval '40 days' where id = $1", [id])
  await api.database.run("update event set created_at = created_at - interval '40 days' where task_id = $1", [id])
  expect(await api.stores.retention.forgetTasks()).toBe(1)
  return id
}

/** Every operation that is about one task. */
function operations() {
  return Object.entries(api.document.paths)
    .filter(([path]) => path.startsWith('/v1/tasks/{id}'))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId, responses }]) => ({ path, method, operationId, responses })),
    )
}
const answers = (id: string, caller = tenant) =>
  Promise.all(
    operations().map(async ({ path, method, operationId }) => {
      const { status, json } = await caller.call(
        method.toUpperCase(),
        path.replace('{id}', id),
        rightBodies[operationId],
      )
      return [operationId, status, json.code]
    }),
  )

it('every route about a task that has gone says so, for as long as ended tasks are kept; then there is no such task', async () => {
  const id = await gone()
  expect(operations().length).toBeGreaterThan(10)
  expect(await answers(id)).toEqual(operations().map(({ operationId }) => [operationId, 410, 'task_gone']))
  const { json } = await tenant.call('GET', `/v1/tasks/${id}`)
  expect(json).toMatchObject({ title: 'The task is not kept any more', instance: `/v1/tasks/${id}` })
  expect(json.fix).toContain('permanent')
  await api.database.run("update gone_task set gone_at = gone_at - interval '29 days' where id = $1", [id])
  await api.stores.retention.forgetTraces()
  expect((await tenant.call('GET', `/v1/tasks/${id}`)).status).toBe(410)
  await api.database.run("update gone_task set gone_at = gone_at - interval '1 day' where id = $1", [id])
  await api.stores.retention.forgetTraces()
  expect(await answers(id)).toEqual(operations().map(({ operationId }) => [operationId, 404, 'not_found']))
})

it('another tenant is not told that there was a task', async () => {
  const id = await gone()
  const other = await api.tenant()
  expect(await answers(id, other)).toEqual(operations().map(({ operationId }) => [operationId, 404, 'not_found']))
})

it('a session that has gone is not known any more, and its identifier is free', async () => {
  const identifier = await newSession(tenant)
  await tenant.call('POST', `/v1/sessions/${identifier}/finish-and-invalidate`, {})
  await api.database.run(
    "update session set invalidated_at = invalidated_at - interval '40 days' where identifier = $1",
    [identifier],
  )
  await api.database.run('delete from event where session_id = (select id from session where identifier = $1)', [
    identifier,
  ])
  expect((await tenant.call('GET', `/v1/sessions/${identifier}`)).json).toMatchObject({ state: 'invalidated' })
  expect(await api.stores.retention.forgetSessions()).toBe(1)
  expect((await tenant.call('GET', `/v1/sessions/${identifier}`)).status).toBe(404)
  const body = { configuration: { delegate: { kind: 'pull' } } }
  expect((await tenant.call('PUT', `/v1/sessions/${identifier}`, body)).status).toBe(201)
})
