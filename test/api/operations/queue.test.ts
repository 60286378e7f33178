import { expect, it } from 'vitest'
import { newSession, newTask, newWorker } from '#support/builders/api-fixtures.ts'
import { operatorToken } from '#support/client/api.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'

const api = useApi()
const tenant = useTenant(api)
const admin = (path: string) => api.call('GET', `/v1/admin/${path}`, { key: operatorToken })

it('GET /v1/admin/queue has workers with their leases, and what was counted for all tenants', async () => {
  const workerId = await newWorker(api)
  await newTask(tenant, await newSession(tenant))
  await api.database.run("update fleet_sample set next_at = now() - interval '1 second'")
  await api.deps.stores.operations.sampleFleet()
  const { status, json } = await admin('queue')
  expect(status).toBe(200)
  expect(json.workers).toContainEqual({
    workerId,
    host: 'machine-1',
    slots: 20,
    state: 'running',
    leases: 0,
    late: 0,
    nextEndAt: null,
  })
  expect(json.claimed).toMatchObject({ late: 0 })
  expect(json.sample.waiting).toBeGreaterThanOrEqual(1)
  expect(json.sample.waitingFor).toMatchObject({ quota: 0, hostBackoff: 0 })
})

it('GET /v1/admin/fairness has the tenants with work, their weights, and 60 minutes of each', async () => {
  await newTask(tenant, await newSession(tenant))
  const { status, json } = await admin('fairness')
  expect(status).toBe(200)
  expect(json).toMatchObject({ stepSeconds: 60, others: { running: expect.any(Number) } })
  const all = [...json.tenants, json.others]
  for (const { data } of all) expect(data).toHaveLength(60)
  expect(Date.parse(json.until) - Date.parse(json.from)).toBe(3_600_000)
})

it.each(['queue', 'fairness'])('GET /v1/admin/%s is nothing that a tenant may see', async (path) => {
  expect((await tenant.call('GET', `/v1/admin/${path}`)).status).toBe(401)
})
