import { beforeAll, expect, it } from 'vitest'
import { newTask } from '#support/builders/api-fixtures.ts'
import { claim } from '#support/builders/claim.ts'
import { challenge } from '#support/builders/decisions.ts'
import { recordAttempt, takeNextDelivery } from '#support/builders/next-deliveries.ts'
import { aResponse, failure } from '#support/builders/store-builder.ts'
import type { TestTenant } from '#support/client/api.ts'
import { useApi } from '#support/client/use-api.ts'

const api = useApi()
let tenant: TestTenant
beforeAll(async () => {
  tenant = await api.tenant()
  const configuration = {
    delegate: { url: 'https://hooks.example.com/decisions' },
    delegateDecisions: ['delayedRequest', 'authenticationChallenge'],
    decisionTimeout: 120,
  }
  await tenant.call('PUT', '/v1/sessions/decided', { configuration })
})

const feed = async (type: string) => (await tenant.call('GET', `/v1/events?type=${type}`)).json.data
const past = "clock_timestamp() - interval '1 ms'"

it('shows that a delayed task waits for its delegate, what was asked, and how it went, but not the answer', async () => {
  const id = await newTask(tenant, 'decided', { earliestBeginDate: new Date(Date.now() + 60_000).toISOString() })
  await api.database.run(`update task set ready_at = ${past}, earliest_begin_date = ${past} where id = $1`, [id])
  await api.stores.decisions.decide()
  const { json: task } = await tenant.call('GET', `/v1/tasks/${id}`)
  expect(task).toMatchObject({ state: 'waiting', waitingFor: [{ reason: 'delegateDecision' }] })
  const [event] = await feed('task.will_begin_delayed_request')
  expect(event.data).toMatchObject({ wakeId: null, task: { id, waitingFor: task.waitingFor } })

  const [delivery] = (await tenant.call('GET', `/v1/deliveries?event=${event.id}`)).json.data
  const [lane] = await api.stores.deliveries.listDueDeliveryLanes(10)
  const question = await takeNextDelivery(api.stores, lane!)
  const decision = { answer: { disposition: 'cancel' } } as const
  await recordAttempt(api.stores, question!, aResponse(200, { body: '{"disposition": "cancel"}', decision }), 0.5, true)
  await api.stores.decisions.decide()
  expect((await tenant.call('GET', `/v1/tasks/${id}`)).json).toMatchObject({ state: 'canceled', waitingFor: [] })
  const { json: attempts } = await tenant.call('GET', `/v1/deliveries/${delivery.id}/attempts`)
  expect(attempts.data).toMatchObject([
    { status: 200, error: null, responseBody: '(not kept: it may hold a credential)' },
  ])
})

it('shows what an origin wants to see', async () => {
  const id = await newTask(tenant, 'decided')
  await api.database.run(`update task set ready_at = ${past}, gated_until = null where id = $1`, [id])
  const lease = (await claim(api.stores, 10)).find(({ taskId }) => taskId === id)!
  await api.stores.transfers.beginTransfer(lease, 'wrk_test')
  await api.stores.decisions.askForCredential(
    lease,
    failure(null, { errorName: 'userAuthenticationRequired' }),
    challenge,
  )
  const [event] = await feed('task.authentication_challenge')
  expect(event.data).toMatchObject({ challenge, task: { id, attempts: 1, state: 'waiting' } })
  const { json } = await tenant.call('GET', `/v1/tasks/${id}`)
  expect(json).toMatchObject({ waitingFor: [{ reason: 'delegateDecision' }], error: { code: -1013 } })
})

it('filters endpoints by events that ask like by any other', async () => {
  const eventTypes = ['task.will_begin_delayed_request', 'task.authentication_challenge']
  const url = 'https://hooks.example.com/filtered'
  const { status, json } = await tenant.call('POST', '/v1/webhook-endpoints', { url, eventTypes })
  expect([status, json.eventTypes]).toEqual([201, eventTypes])
})
