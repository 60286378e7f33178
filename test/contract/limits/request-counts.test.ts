import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from '#core/database/database.ts'
import { redisAt } from '#core/kernel/redis-place.ts'
import { createLocalRequestCounts } from '#core/limits/local-request-counts.ts'
import { createPostgresRequestCounts, forgetRequests } from '#core/limits/postgres/request-counts.ts'
import { openRedisRequestCounts } from '#core/limits/redis/request-counts.ts'
import type { RequestCounts } from '#core/limits/request-counts.ts'
import { createRequestGate } from '#core/limits/request-gate.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { testDatabase } from '#support/servers/postgres.ts'
import { testRedis } from '#support/servers/shared-servers.ts'

/** The counts as several processes have them, and a way to let time pass. */
interface Home {
  /** Connected. */
  process(): Promise<RequestCounts>
  age(keyId: string, seconds: number): Promise<void>
  close(): Promise<void>
}

const none = { quota: 0, owed: 0, wanted: 0 }

async function local(): Promise<Home> {
  let pastMs = 0
  const counts = createLocalRequestCounts(() => Date.now() + pastMs)
  return {
    process: async () => counts,
    async age(_, seconds) {
      pastMs += seconds * 1000
    },
    close: async () => {},
  }
}
async function postgres(): Promise<Home> {
  const { connectionString, drop } = await testDatabase()
  const opened: Database[] = []
  const open = () => {
    const database = openDatabase(connectionString)
    opened.push(database)
    return database
  }
  const own = open()
  return {
    process: async () => createPostgresRequestCounts(open().relaxed),
    async age(keyId, seconds) {
      await own.run('update request_count set second = second - $2 where key_id = $1', [keyId, seconds])
      await forgetRequests(own)
    },
    async close() {
      await Promise.all(opened.map((each) => each.close()))
      await drop()
    },
  }
}
async function redis(): Promise<Home> {
  const url = (await testRedis())!
  const own = new Redis(url)
  const opened: { close(): Promise<void> }[] = []
  return {
    async process() {
      const counts = openRedisRequestCounts(redisAt(url))
      opened.push(counts)
      await eventually('it is connected', () =>
        counts.take('nobody', none).then(
          () => true,
          () => false,
        ),
      )
      return counts
    },
    async age(keyId, seconds) {
      const key = `backhaul:requests:${keyId}`
      for (const [second, count] of Object.entries(await own.hgetall(key))) {
        await own.hdel(key, second)
        await own.hset(key, String(Number(second) - seconds), count)
      }
    },
    async close() {
      await Promise.all(opened.map((each) => each.close()))
      own.disconnect()
    },
  }
}
const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'
const homes = [
  { name: 'this process', open: local },
  { name: 'PostgreSQL', open: postgres },
  ...(embeddedOnly ? [] : [{ name: 'Redis', open: redis }]),
]

describe.each(homes)('requests counted in $name', ({ open }) => {
  let home: Home
  let counts: RequestCounts
  beforeAll(async () => {
    home = await open()
    counts = await home.process()
  })
  afterAll(() => home?.close())
  const aKey = () => `key_${randomUUID()}`

  it('are given until the quota is used up, and come back a minute later', async () => {
    const key = aKey()
    const take = (wanted: number, owed = 0) => counts.take(key, { quota: 10, owed, wanted })
    expect(await take(4)).toMatchObject({ given: 4, left: 6 })
    expect(await take(1, 2)).toMatchObject({ given: 1, left: 3 })
    await home.age(key, 20)
    expect(await take(5)).toMatchObject({ given: 3, left: 0 })
    const { given, freeInMs } = await take(5)
    expect(given).toBe(0)
    expect(freeInMs).toBeGreaterThan(35_000)
    expect(freeInMs).toBeLessThanOrEqual(41_000)
    await home.age(key, 41)
    expect(await take(20)).toMatchObject({ given: 7, left: 0 })
    await home.age(key, 400)
    expect(await take(1)).toMatchObject({ given: 1, left: 9 })
  })

  it('count what was let through before, beyond the quota too', async () => {
    const key = aKey()
    expect(await counts.take(key, { quota: 3, owed: 5, wanted: 2 })).toMatchObject({ given: 0, left: 0 })
    expect(await counts.take(key, { quota: 6, owed: 0, wanted: 2 })).toMatchObject({ given: 1, left: 0 })
  })

  it('say nothing of the past of a key without requests, and hold the largest quota', async () => {
    const quota = Number.MAX_SAFE_INTEGER
    expect(await counts.take(aKey(), { quota, owed: 0, wanted: 0 })).toEqual({ given: 0, left: quota, freeInMs: 0 })
    expect(await counts.take(aKey(), { quota, owed: 0, wanted: quota })).toMatchObject({ given: quota, left: 0 })
    expect(await counts.take(aKey(), { quota: 0, owed: 0, wanted: 1 })).toEqual({ given: 0, left: 0, freeInMs: 0 })
  })

  it('are exact with eight processes that ask at once', async () => {
    const key = aKey()
    const processes = await Promise.all(Array.from({ length: 8 }, () => home.process()))
    const answers = await Promise.all(
      processes.map(async (each) => {
        let given = 0
        for (let n = 0; n < 25; n++) given += (await each.take(key, { quota: 500, owed: 0, wanted: 3 })).given
        return given
      }),
    )
    expect(answers.reduce((sum, given) => sum + given, 0)).toBe(500)
  })

  it('let three processes through what the quota allows, give or take a tenth', async () => {
    const key = aKey()
    const log = { warn: (fields: unknown) => expect(fields).toBeUndefined() }
    const processes = await Promise.all(Array.from({ length: 3 }, () => home.process()))
    const gates = processes.map((requestCounts) => createRequestGate({ requestCounts, log, nowMs: Date.now }))
    let admitted = 0
    await Promise.all(
      gates.map(async (gate) => {
        for (let refused = 0; refused < 50; ) {
          if ((await gate.admit(key, 600)).isAdmitted) admitted++
          else refused++
          await new Promise((resolve) => setImmediate(resolve))
        }
      }),
    )
    expect(admitted).toBeGreaterThanOrEqual(540)
    expect(admitted).toBeLessThanOrEqual(660)
  })
})
