import { expect, test } from 'vitest'
import { readWorkerReadiness } from '#core/operations/readiness.ts'

const allWorks = async () => [
  { name: 'database', ok: true },
  { name: 'queue', ok: true },
]
const draining = () => ({ worker: 'wrk_1', running: 2 })
const takesTasks = { draining: () => null, standsStill: () => false }

test('a worker is ready while its dispatcher comes round', async () => {
  expect(await readWorkerReadiness(allWorks, takesTasks)).toEqual({ status: 'ok', degraded: [] })
})

test('a worker whose dispatcher stands still is not ready, and says why', async () => {
  const health = { ...takesTasks, standsStill: () => true }
  expect(await readWorkerReadiness(allWorks, health)).toEqual({ status: 'unavailable', degraded: ['dispatcher'] })
})

test('a worker that drains only drains, whatever its dispatcher does', async () => {
  expect(await readWorkerReadiness(allWorks, { draining, standsStill: () => true })).toEqual({
    status: 'draining',
    degraded: [],
    worker: 'wrk_1',
    running: 2,
  })
})

test('a worker without a queue is ready all the same', async () => {
  const health = async () => [{ name: 'queue', ok: false }]
  expect(await readWorkerReadiness(health, takesTasks)).toEqual({ status: 'ok', degraded: ['queue'] })
})

test.each([
  ['takes tasks', takesTasks, { status: 'ok' }],
  ['drains', { ...takesTasks, draining }, { status: 'draining', worker: 'wrk_1', running: 2 }],
])('a worker that %s says why a part does not work, if that is known', async (_, worker, status) => {
  const health = async () => [
    { name: 'queue', ok: false, reason: 'it is something else' },
    { name: 'storage', ok: false },
  ]
  expect(await readWorkerReadiness(health, worker)).toEqual({
    ...status,
    degraded: ['queue', 'storage'],
    reasons: { queue: 'it is something else' },
  })
})
