import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { openHintQueue } from '#core/dispatch/bullmq/hint-queue.ts'
import type { HintQueue } from '#core/dispatch/hint-queue.ts'
import { redisAt } from '#core/kernel/redis-place.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { startTcpProxy, type TcpProxy } from '#support/faults/tcp-proxy.ts'
import { startOwnRedis } from '#support/servers/own-redis.ts'
import { testDatabase } from '#support/servers/postgres.ts'

export const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'
export const quiet = { info() {}, warn() {}, error() {} }

type Where = Parameters<typeof openHintQueue>[0]
/** A back-end whose network the suite can break. */
interface Home {
  where: Where
  network: TcpProxy
  dispose(): Promise<void>
}

async function redisHome(): Promise<Home> {
  const redis = await startOwnRedis()
  const network = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(redis.url).port) })
  return {
    where: { redis: redisAt(`redis://127.0.0.1:${network.port}`) },
    network,
    dispose: async () => void (await Promise.all([network.close(), redis.stop()])),
  }
}

async function postgresHome(): Promise<Home> {
  const database = await testDatabase()
  const url = new URL(database.connectionString)
  const network = await startTcpProxy({ host: url.hostname, port: Number(url.port) })
  url.port = String(network.port)
  return {
    where: { databaseUrl: url.href },
    network,
    dispose: async () => {
      await network.close()
      await database.drop()
    },
  }
}

/** Both back-ends, as far as this run has them. */
export const backends = [
  ...(embeddedOnly ? [] : [{ backend: 'Redis', open: redisHome }]),
  { backend: 'PostgreSQL', open: postgresHome },
]

export interface Hint {
  taskId: string
  epoch: number
}
export const hint = (epoch = 1): Hint => ({ taskId: `tsk_${randomUUID()}`, epoch })
export const ids = (given: Hint[]) => given.map(({ taskId }) => taskId).toSorted()

/** For a `describe`: a back-end, and in each test a queue on it. What a test opens and starts is closed after it. */
export function useHintQueue(open: () => Promise<Home>) {
  const use = { home: null as unknown as Home, queue: null as unknown as HintQueue, another, consume }
  const opened: HintQueue[] = []
  const stops: (() => Promise<void>)[] = []
  beforeAll(async () => {
    use.home = await open()
  })
  afterAll(async () => {
    await use.home?.dispose()
  })
  beforeEach(async () => {
    use.queue = await another()
  })
  afterEach(async () => {
    await Promise.all(stops.splice(0).map((stop) => stop()))
    await Promise.all(opened.splice(0).map((each) => each.close()))
  })

  /** As another process would open it. */
  async function another(): Promise<HintQueue> {
    const each = await openHintQueue(use.home.where, quiet)
    opened.push(each)
    return each
  }

  function consume(
    from: HintQueue,
    task: (hint: Hint) => Promise<void>,
    { tasks = 10, lane = async (_hint: { sessionId: string; endpointId: string }) => {} } = {},
  ): ReturnType<HintQueue['consume']> {
    const consumer = from.consume({ task, deliveryLane: lane }, { tasks, deliveryLanes: 2 })
    stops.push(consumer.stop)
    return consumer
  }

  return use
}

/** Waits until everything queued so far has been handled: until a hint that was added afterwards is. */
export async function passes(from: HintQueue, taken: Hint[]): Promise<void> {
  const last = hint()
  const isLast = ({ taskId }: Hint) => taskId === last.taskId
  await eventually('the queue takes it', () => from.addTasks([last]).then(() => true))
  await eventually('a later hint arrives', () => taken.some(isLast), { withinMs: 20_000 })
  taken.splice(taken.findIndex(isLast), 1)
}

/** For a test file: nothing that goes wrong in a queue may reach the process. */
export function expectNoSurprises(): void {
  const surprises: unknown[] = []
  const onSurprise = (reason: unknown) => void surprises.push(reason)
  beforeAll(() => {
    process.on('unhandledRejection', onSurprise).on('uncaughtException', onSurprise)
  })
  afterAll(() => {
    process.off('unhandledRejection', onSurprise).off('uncaughtException', onSurprise)
  })
  afterEach(() => {
    expect(surprises.splice(0)).toEqual([])
  })
}
