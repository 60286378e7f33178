import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tellShortStory } from '#support/client/short-story.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { openProcessPair } from '#support/processes/process-pair.ts'
import { newTenant } from '#support/processes/service.ts'
import { type Receiver, startReceiver } from '#support/receivers/receiver.ts'
import { type DebianPostgres, startDebianPostgres } from '#support/servers/debian-postgres.ts'

const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'

describe.skipIf(embeddedOnly)("on Debian's PostgreSQL 15 with its default settings", () => {
  let postgres: DebianPostgres
  let origin: Origin
  let receiver: Receiver
  beforeAll(async () => {
    // Every plan that runs is written to the log, with what compiling it took, if it was compiled.
    const settings = { shared_preload_libraries: 'auto_explain', 'auto_explain.log_min_duration': '0' }
    ;[postgres, origin, receiver] = await Promise.all([
      startDebianPostgres({ settings: { ...settings, 'auto_explain.log_analyze': 'on' } }),
      startOrigin(),
      startReceiver(),
    ])
  })
  afterAll(async () => {
    await Promise.all([postgres?.dispose(), origin?.close(), receiver?.close()])
  })

  test('plans are compiled, unless a connection says otherwise', async () => {
    expect(await postgres.query('show jit')).toEqual([{ jit: 'on' }])
    await postgres.query('set jit_above_cost = 0; select count(*) from pg_class')
    expect(await postgres.log()).toMatch(/JIT:/)
  })

  test('no statement of a task from its creation to its delivery is compiled', async ({ onTestFinished }) => {
    const database = { connectionString: postgres.connectionString, drop: async () => {} }
    const pair = (await openProcessPair('PostgreSQL', { database }))!
    onTestFinished(pair.dispose)
    const before = (await postgres.log()).length
    const [api] = await Promise.all([pair.startApi(), pair.startWorker()])
    const { client } = await newTenant(api.url)
    await tellShortStory({ client, origin, receiver }, { tasks: 30 })
    const log = (await postgres.log()).slice(before)
    for (const table of ['task', 'delivery_attempt', 'bullmq'])
      expect(log, `plans for ${table}`).toMatch(new RegExp(`Query Text:[^]{0,2000}${table}`))
    expect(log.match(/JIT:/g) ?? []).toHaveLength(0)
  })
})
