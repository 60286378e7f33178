import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { finish, newSession, newTask } from '#support/builders/api-fixtures.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'

const api = useApi()
const tenant = useTenant(api)

const url = 'https://origin.example.com/data.bin'
const session = async (identifier: string) => (await tenant.call('GET', `/v1/sessions/${identifier}`)).json
const batch = (identifier: string, key: string = randomUUID()) =>
  api.call('POST', `/v1/sessions/${identifier}/tasks/batch`, {
    key: tenant.key,
    body: { tasks: [{ url }] },
    headers: { 'idempotency-key': key },
  })

/** As if the session had completed tasks like this one just now. */
async function manyLike(taskId: string, count: number): Promise<void> {
  await api.database.run(
    `insert into task select (jsonb_populate_record(t, jsonb_build_object('id', t.id || n, 'task_identifier', 1000000 + n))).*
     from task t, generate_series(1, $2::int) n where t.id = $1`,
    [taskId, count],
  )
}

describe('advice', () => {
  it('is none for a client that works well', async () => {
    const identifier = await newSession(tenant)
    await finish(api, tenant, await newTask(tenant, identifier))
    expect((await session(identifier)).advice).toEqual([])
    expect((await batch(identifier)).json.advice).toEqual([])
    expect((await tenant.call('PUT', `/v1/sessions/${identifier}`, {})).json.advice).toEqual([])
  })

  it('tells of wakes for single tasks, in the session, its list and its batches', async () => {
    const identifier = await newSession(tenant, { delegate: { url: 'https://hooks.example.com/' } })
    for (let n = 0; n < 6; n++) {
      expect((await session(identifier)).advice).toEqual([])
      await finish(api, tenant, await newTask(tenant, identifier))
      await api.stores.wakes.openWakes()
      await api.stores.wakes.completeWake(tenant.id, (await session(identifier)).openWake.id)
    }
    const said = [expect.stringMatching(/^6 of the session's last 6 wakes told of a single task/)]
    expect((await session(identifier)).advice).toEqual(said)
    expect((await tenant.call('GET', '/v1/sessions')).json.data[0].advice).toEqual(said)
    expect((await batch(identifier)).json.advice).toEqual(said)
    // Another session of the tenant has no part in it.
    expect((await session(await newSession(tenant))).advice).toEqual([])
  })

  it('tells of many tiny tasks from one host, and of wrong expectations, with the figures', async () => {
    const identifier = await newSession(tenant)
    const id = await newTask(tenant, identifier, { countOfBytesClientExpectsToReceive: 900 })
    await finish(api, tenant, id)
    await manyLike(id, 999)
    expect((await session(identifier)).advice).toEqual([
      expect.stringMatching(
        /^1000 tasks from origin\.example\.com completed within the last hour with 9 bytes on average/,
      ),
      expect.stringMatching(/said 100 times more bytes than came \(the middle one of 1000 tasks/),
    ])
    await api.database.run(
      "update task set ended_at = clock_timestamp() - interval '61 minutes' where tenant_id = $1 and state = 'completed'",
      [tenant.id],
    )
    expect((await session(identifier)).advice).toEqual([])
  })

  it('stays as it was at first when a batch is repeated with its key', async () => {
    const identifier = await newSession(tenant)
    const key = randomUUID()
    const first = await batch(identifier, key)
    const id = await newTask(tenant, identifier)
    await finish(api, tenant, id)
    await manyLike(id, 1_000)
    expect((await batch(identifier)).json.advice).toHaveLength(1)
    expect((await batch(identifier, key)).text).toBe(first.text)
    expect(first.json.advice).toEqual([])
  })
})
