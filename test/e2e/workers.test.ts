import { expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { createClient } from '#support/client/client.ts'
import { startOrigin } from '#support/origins/origin.ts'
import { openProcessPair } from '#support/processes/process-pair.ts'
import { newTenant, operationsOf, operatorToken } from '#support/processes/service.ts'

interface Worker {
  id: string
  state: string
  running: number
  slots: number
}

test('a worker that drains ends what it has, while another one takes what is new', async ({ onTestFinished }) => {
  const origin = await startOrigin()
  const pair = (await openProcessPair('PostgreSQL'))!
  onTestFinished(async () => void (await Promise.all([pair.dispose(), origin.close()])))
  let api = await pair.startApi()
  const first = await pair.startWorker()
  const list = async () =>
    (await createClient(api.url, operatorToken).ok<{ data: Worker[] }>('GET', '/v1/admin/workers')).data
  const readiness = async () => {
    const response = await fetch(`${await operationsOf(first)}/readyz`)
    return { ready: response.ok, body: await response.json() }
  }

  let finish = () => {}
  const held = new Promise<void>((resolve) => {
    finish = resolve
  })
  const long = origin.serve('/long', {
    bytes: 0,
    async respond(_request, response) {
      response.writeHead(200, { 'content-length': '10', 'content-type': 'text/plain' }).write('12345')
      await held
      response.end('67890')
    },
  })
  const { client, key } = await newTenant(api.url)
  await client.ok('PUT', '/v1/sessions/drained', { configuration: { delegate: { kind: 'pull' } } })
  const one = await client.ok<{ id: string }>('POST', '/v1/sessions/drained/tasks', { url: long })
  const [worker] = await eventually('the worker is listed with its transfer', async () => {
    const workers = await list()
    return workers[0]?.running === 1 && workers
  })
  expect(worker).toMatchObject({ id: expect.stringMatching(/^wrk_/), state: 'running', slots: 20 })
  expect(await readiness()).toMatchObject({ ready: true })

  const drained = await createClient(api.url, operatorToken).ok('POST', `/v1/admin/workers/${worker!.id}/drain`, {})
  expect(drained).toMatchObject({ id: worker!.id, state: 'draining', running: 1 })
  await eventually('it is ready for nothing new', async () => !(await readiness()).ready)
  expect(await readiness()).toEqual({
    ready: false,
    body: { status: 'draining', degraded: [], worker: worker!.id, running: 1 },
  })
  await api.end('SIGKILL')
  api = await pair.startApi()
  const again = createClient(api.url, key)
  expect(await list()).toMatchObject([{ id: worker!.id, state: 'draining', running: 1 }])

  const url = origin.serve('/short', { bytes: 1_000 })
  const other = await again.ok<{ id: string }>('POST', '/v1/sessions/drained/tasks', { url })
  await eventually('it waits for a worker', async () => {
    const { state, waitingFor } = await again.ok<{ state: string; waitingFor: { reason: string }[] }>(
      'GET',
      `/v1/tasks/${other.id}`,
    )
    expect(state).toBe('waiting')
    return waitingFor.some(({ reason }) => reason === 'capacity')
  })
  await pair.startWorker()
  expect(await again.ended(other.id)).toMatchObject({ state: 'completed' })
  await eventually('both are listed', async () => {
    const workers = await list()
    expect(workers.map(({ state, running }) => [state, running])).toEqual([
      ['draining', 1],
      ['running', 0],
    ])
    return true
  })

  finish()
  expect(await again.ended(one.id)).toMatchObject({ state: 'completed' })
  await eventually('it says so', () => first.output().includes('"event":"worker.drained"'))
  await eventually('it is shown', async () => (await list())[0]!.running === 0)
  expect((await readiness()).body).toMatchObject({ status: 'draining', running: 0 })
  expect(origin.requests.filter(({ path }) => path === '/long')).toHaveLength(1)
  expect(first.child.exitCode).toBe(null)
  expect(await first.end('SIGTERM')).toBe(0)
  expect((await list()).map(({ state }) => state)).toEqual(['running'])
})
