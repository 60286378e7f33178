import { expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { startKilledWorker } from '#support/faults/killed-worker.ts'
import { startOrigin } from '#support/origins/origin.ts'
import { testCluster } from '#support/processes/cluster.ts'
import { newTenant } from '#support/processes/service.ts'

const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'

test.skipIf(embeddedOnly)(
  'a worker whose event loop hangs in the middle of a download is ended, and another one goes on with it',
  async ({ onTestFinished }) => {
    const [cluster, origin] = await Promise.all([testCluster(), startOrigin()])
    onTestFinished(async () => void (await Promise.all([cluster?.dispose(), origin.close()])))
    const api = await cluster!.startApi()
    const { client } = await newTenant(api.url)
    await client.ok('PUT', '/v1/sessions/hung', { configuration: { delegate: { kind: 'pull' } } })
    const hung = startKilledWorker(cluster!, 'during source.read', { signal: 'BLOCK' })
    const url = origin.serve('/file', { bytes: 1_000_000 })
    const { id } = await client.ok<{ id: string }>('POST', '/v1/sessions/hung/tasks', { url })
    await eventually('it hangs and is ended', hung.isThere, { withinMs: 120_000 })
    expect(hung.output()).toMatch(/"event":"worker\.hung","workerId":"wrk_[0-9a-z]{26}","seconds":3/)
    await cluster!.startWorker()
    // The lease of the one that hung ends by itself, and costs no attempt.
    expect(await client.ended(id)).toMatchObject({ state: 'completed', attempts: 1 })
  },
)
