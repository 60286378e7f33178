import { expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { createClient } from '#support/client/client.ts'
import { startOrigin } from '#support/origins/origin.ts'
import { openProcessPair } from '#support/processes/process-pair.ts'
import { operatorToken } from '#support/processes/service.ts'
import { startConnectProxy } from '#support/servers/connect-proxy.ts'
import { released, releasedDatabase } from './released.ts'

test('quotas that a database of version 0.1.0 has reached already hold from the start, and stored bytes delay its tasks until there is room', async ({
  onTestFinished,
}) => {
  const origin = await startOrigin()
  onTestFinished(() => origin.close())
  origin.serve('/waiting', { bytes: 4_000 })
  const proxy = await startConnectProxy(() => ({ port: Number(new URL(origin.url).port) }))
  const database = await releasedDatabase({ agoSeconds: 40 })
  const env = {
    ENCRYPTION_KEY: released.encryptionKey,
    EGRESS_PROXY_URL: `http://127.0.0.1:${proxy.port}`,
    WAKE_DELAY_BASE_SECONDS: released.wakeDelayBaseSeconds,
    ...{ LIMIT_TASKS_WAITING: '1', LIMIT_STORED_BYTES: '1', LIMIT_SESSIONS: '1' },
  }
  const pair = (await openProcessPair('PostgreSQL', { database, env }))!
  onTestFinished(pair.dispose)
  const api = await pair.startApi()
  const client = createClient(api.url, released.apiKey)
  const { data: limits } = await client.ok<{ data: { name: string; maximum: number; used: number }[] }>(
    'GET',
    '/v1/limits',
  )
  const beyond = limits.filter(({ maximum, used }) => maximum === 1 && used > 1).map(({ name }) => name)
  expect(beyond).toEqual(expect.arrayContaining(['maximumTasksWaiting', 'maximumStoredBytes', 'maximumSessions']))

  const refused = await client.call('POST', '/v1/sessions/woken/tasks', { url: 'http://127.0.0.1:18080/waiting' })
  expect(refused).toMatchObject({ status: 429, body: { code: 'quota_exceeded' } })
  await pair.startWorker()
  const { waiting } = released.tasks
  await eventually(
    'the quota delays what waited',
    async () => (await client.task(waiting)).waitingFor.some(({ reason }) => reason === 'quota'),
    { withinMs: 60_000 },
  )

  const operator = createClient(api.url, operatorToken)
  const { data: tenants } = await operator.ok<{ data: { id: string }[] }>('GET', '/v1/admin/tenants')
  const unlimited = { limits: { maximumStoredBytes: null } }
  for (const { id } of tenants) await operator.ok('PATCH', `/v1/admin/tenants/${id}`, unlimited)
  expect(await client.ended(waiting)).toMatchObject({ state: 'completed', error: null })
})
