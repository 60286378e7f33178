import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openHintQueue } from '#core/dispatch/bullmq/hint-queue.ts'
import { redisAt } from '#core/kernel/redis-place.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { startProcess } from '#support/processes/service.ts'
import { type OwnRedis, startOwnRedis } from '#support/servers/own-redis.ts'
import {
  backends,
  embeddedOnly,
  expectNoSurprises,
  type Hint,
  hint,
  ids,
  passes,
  quiet,
  useHintQueue,
} from './hint-queues.ts'

expectNoSurprises()

describe.each(backends)('hints in trouble on $backend', ({ open }) => {
  const use = useHintQueue(open)

  it('of a killed process are noticed and given to another', async () => {
    const held = hint()
    const consumers = () =>
      startProcess('test/contract/dispatch/consume-hints.ts', { HINT_QUEUE: JSON.stringify(use.home.where) })
    for (const round of [1, 2]) {
      const child = consumers()
      if (round === 1) await use.queue.addTasks([held])
      await eventually('it has the hint in hand', () => child.output().includes(held.taskId), { withinMs: 30_000 })
      await child.end('SIGKILL')
    }
    const killedAt = Date.now()
    const taken: Hint[] = []
    use.consume(use.queue, async (each) => void taken.push(each))
    await eventually('another gets it', () => taken.length > 0, { withinMs: 20_000 })
    console.log(`given to another ${((Date.now() - killedAt) / 1000).toFixed(1)} s after the kill`)
    expect(taken).toEqual([held])
    expect(Date.now() - killedAt).toBeLessThan(15_000)
  })

  it.each(['cut', 'stall'] as const)(
    'fail soon after a %s of the network, and flow again when it is back',
    async (fault) => {
      const taken: Hint[] = []
      use.consume(use.queue, async (each) => void taken.push(each))
      await passes(use.queue, taken)
      await expect(use.queue.check()).resolves.toBeUndefined()

      await use.home.network[fault]()
      try {
        const startedAt = Date.now()
        const lane = { sessionId: 'ses_1', endpointId: 'whe_1' }
        const asked = [use.queue.check(), use.queue.addTasks([hint()]), use.queue.addDeliveryLanes([lane])]
        const results = await Promise.allSettled(asked)
        expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
        expect(Date.now() - startedAt).toBeLessThan(4_000)
        // Long enough for reconnecting to have become patient.
        await sleep(5_000)
      } finally {
        await use.home.network.restore()
      }
      const backAt = Date.now()
      await eventually('it answers again', () => use.queue.check().then(() => true), { withinMs: 30_000 })
      const answeredAfter = Date.now() - backAt
      const given = hint()
      await eventually(
        'hints flow again',
        async () => {
          await use.queue.addTasks([given])
          return taken.some(({ taskId }) => taskId === given.taskId)
        },
        { withinMs: 60_000 },
      )
      const flowsAfter = Date.now() - backAt
      console.log(`after the ${fault}: answers after ${answeredAfter} ms, hints flow after ${flowsAfter} ms`)
      expect(flowsAfter).toBeLessThan(12_000)
    },
  )

  it('flow to a consumer that was started while the network was cut', async () => {
    await use.home.network.cut()
    const taken: Hint[] = []
    const lanes: object[] = []
    try {
      use.consume(use.queue, async (each) => void taken.push(each), { lane: async (each) => void lanes.push(each) })
      // The process must go on meanwhile.
      await sleep(3_000)
    } finally {
      await use.home.network.restore()
    }
    await passes(use.queue, taken)
    await eventually('a lane arrives', async () => {
      await use.queue.addDeliveryLanes([{ sessionId: 'ses_1', endpointId: 'whe_1' }])
      return lanes.length > 0
    })
  })

  it('in hand when the network goes do not keep a consumer from stopping', async () => {
    const given = hint()
    const taken: Hint[] = []
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const consumer = use.consume(use.queue, async (each) => {
      taken.push(each)
      await held
    })
    await use.queue.addTasks([given])
    await eventually('it is in hand', () => ids(taken).includes(given.taskId), { withinMs: 20_000 })
    await use.home.network.cut()
    try {
      const startedAt = Date.now()
      const stopped = consumer.stop()
      release()
      await stopped
      await use.queue.close()
      console.log(`stopped within ${Date.now() - startedAt} ms`)
      expect(Date.now() - startedAt).toBeLessThan(5_000)
    } finally {
      await use.home.network.restore()
    }
  })
})

describe.skipIf(embeddedOnly)('a Redis that is not there yet', () => {
  let redis: OwnRedis
  beforeAll(async () => {
    redis = await startOwnRedis()
    await redis.stop()
  })
  afterAll(async () => {
    await redis?.stop()
  })

  it('is no reason not to start: adding fails soon, and hints flow once it has come', async () => {
    const queue = await openHintQueue({ redis: redisAt(redis.url) }, quiet)
    const taken: Hint[] = []
    const consumer = queue.consume(
      { task: async (each) => void taken.push(each), deliveryLane: async () => {} },
      { tasks: 1, deliveryLanes: 1 },
    )
    const given = { taskId: 'tsk_1', epoch: 1 }
    const startedAt = Date.now()
    await expect(queue.addTasks([given])).rejects.toThrow()
    await expect(queue.check()).rejects.toThrow()
    expect(Date.now() - startedAt).toBeLessThan(8_000)
    await redis.start()
    await eventually(
      'hints flow',
      async () => {
        await queue.addTasks([given])
        return taken.length > 0
      },
      { withinMs: 20_000 },
    )
    await consumer.stop()
    await queue.close()
  })
})
