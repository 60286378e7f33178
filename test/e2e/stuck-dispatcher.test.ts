import pg from 'pg'
import { expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { startOrigin } from '#support/origins/origin.ts'
import { openProcessPair } from '#support/processes/process-pair.ts'
import { newTenant, operationsOf } from '#support/processes/service.ts'

test('a worker that is kept from claiming by a lock in PostgreSQL turns red, and green again when it can claim', async ({
  onTestFinished,
}) => {
  const [origin, pair] = [await startOrigin(), (await openProcessPair('PostgreSQL'))!]
  const operator = new pg.Client({ connectionString: pair.databaseUrl })
  await operator.connect()
  onTestFinished(async () => {
    await operator.end()
    await Promise.all([pair.dispose(), origin.close()])
  })
  const api = await pair.startApi()
  const { client } = await newTenant(api.url)
  await client.ok('PUT', '/v1/sessions/stuck', { configuration: { delegate: { kind: 'pull' } } })
  const url = origin.serve('/stuck', { bytes: 1_000 })
  const { id } = await client.ok<{ id: string }>('POST', '/v1/sessions/stuck/tasks', { url })
  // As by VACUUM FULL, or a change of the table.
  await operator.query('begin; lock table lane in access exclusive mode')

  const worker = await pair.startWorker()
  const readyz = `${await operationsOf(worker)}/readyz`
  const readiness = async () => {
    const response = await fetch(readyz)
    return { status: response.status, body: (await response.json()) as object }
  }
  const green = { status: 200, body: { status: 'ok', degraded: [] } }
  const isGreen = async () => (await readiness()).status === 200
  await eventually('it is ready at first', isGreen)
  const isRed = async () => !(await isGreen())
  await eventually('it is red', isRed, { withinMs: 90_000, everyMs: 250 })
  expect(await readiness()).toEqual({ status: 503, body: { status: 'unavailable', degraded: ['dispatcher'] } })
  expect((await operator.query('select state from task where id = $1', [id])).rows).toEqual([{ state: 'waiting' }])
  await eventually('its log says why', () => worker.output().includes('"what":"handing out tasks"'), {
    withinMs: 90_000,
  })
  expect(await (await fetch(readyz.replace('readyz', 'livez'))).json()).toEqual({ status: 'ok' })

  await operator.query('rollback')
  await eventually('it is ready again', isGreen, { withinMs: 60_000 })
  expect(await readiness()).toEqual(green)
  expect(await client.ended(id)).toMatchObject({ state: 'completed' })
  expect(worker.child.exitCode).toBeNull()
})
