import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { type Cluster, testCluster } from '#support/processes/cluster.ts'
import { newTenant } from '#support/processes/service.ts'
import { type Receiver, startReceiver } from '#support/receivers/receiver.ts'

const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'

describe.skipIf(embeddedOnly)('a worker whose clock is ten minutes ahead', () => {
  let cluster: Cluster
  let origin: Origin
  let receiver: Receiver
  beforeAll(async () => {
    ;[cluster, origin, receiver] = await Promise.all([
      testCluster() as Promise<Cluster>,
      startOrigin(),
      startReceiver(),
    ])
  })
  afterAll(async () => {
    await cluster?.dispose()
    await Promise.all([origin?.close(), receiver?.close()])
  })

  test('fetches, but signs nothing and says so; another one sends everything in time', async () => {
    const api = await cluster.startApi()
    const skewed = cluster.start('test/faults/clock-skewed-worker.ts', { CLOCK_AHEAD_MS: '600000' })
    const { client } = await newTenant(api.url)
    const { secret } = await client.ok<{ secret: string }>('POST', '/v1/webhook-endpoints', { url: receiver.url })
    await client.ok('PUT', '/v1/sessions/late', { configuration: { delegate: { url: receiver.url } } })
    const url = origin.serve('/file', { bytes: 1_000 })
    await client.ok('POST', '/v1/sessions/late/tasks', { url })
    await eventually('it says what is wrong', () => skewed.output().includes('no webhooks from here'), {
      withinMs: 60_000,
    })
    expect(/"offsetMs":(\d+)/.exec(skewed.output())?.[1]).toMatch(/^(599|600|601)\d{3}$/)
    expect(receiver.posts).toEqual([])

    await cluster.startWorker()
    await eventually('the wake is finished', () => receiver.types().includes('session.events_finished'), {
      withinMs: 30_000,
    })
    // The official library takes a timestamp of five minutes at most.
    receiver.verifyAll(secret)
    const { data } = await client.ok<{ data: { attempts: number }[] }>('GET', '/v1/deliveries')
    expect(data.map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1])
    expect(skewed.output().match(/no webhooks from here/g)).toHaveLength(1)
    expect(skewed.child.exitCode).toBeNull()
  })
})
