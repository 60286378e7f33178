import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { it, type TestContext } from 'vitest'
import { openHintQueue } from '#core/dispatch/bullmq/hint-queue.ts'
import { watchRedis } from '#core/dispatch/bullmq/watch-redis.ts'
import { redisAt } from '#core/kernel/redis-place.ts'
import { openRedisRequestCounts } from '#core/limits/redis/request-counts.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { expectNoSurprises, quiet } from './hint-queues.ts'

expectNoSurprises()

/** A server that is no Redis. */
async function stranger(server: Server, onTestFinished: TestContext['onTestFinished']) {
  let connections = 0
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    connections += 1
    open.add(socket)
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  return {
    place: redisAt(`redis://127.0.0.1:${(server.address() as AddressInfo).port}`),
    connections: () => connections,
  }
}
const speaking = (greeting: string) => createServer((socket) => void socket.end(greeting))
/** To each command. */
const replying = (reply: string) =>
  createServer((socket) => {
    socket.on('data', (bytes) => void socket.write(reply.repeat(bytes.toString().match(/^\*\d+\r$/gm)?.length ?? 1)))
  })

it.concurrent.for<[string, () => Server]>([
  ['speaks HTTP', () => createHttpServer((_, response) => response.end('hello'))],
  ['greets as SSH', () => speaking('SSH-2.0-OpenSSH_9.2p1\r\n')],
  ['speaks garbage', () => replying('\0\x01\x02\xff\r\n')],
  ['says OK to everything', () => replying('+OK\r\n')],
  ['gives a number for everything', () => replying(':1\r\n')],
])(
  'a server that %s is said to be no Redis, once, and is asked again',
  async ([, open], { expect, onTestFinished }) => {
    const { place, connections } = await stranger(open(), onTestFinished)
    const said: object[] = []
    const say = (fields: object) => void said.push(fields)
    const watch = await watchRedis(place, { info: say, warn: say, error: say })
    onTestFinished(watch.end)
    const reason = 'what answers at REDIS_URL is no Redis: it speaks another protocol'
    expect(watch.refusal()).toBe(reason)
    const before = connections()
    await eventually('it is asked twice more', () => connections() >= before + 2, { withinMs: 30_000 })
    expect(said).toEqual([{ event: 'redis.refused', reason }])
  },
)

it.concurrent.for<[string, () => Server]>([
  ['speaks HTTP', () => createHttpServer((_, response) => response.end('hello'))],
  ['speaks garbage', () => replying('\0\x01\x02\xff\r\n')],
])('hints and counts at a server that %s fail, and end nothing', async ([, open], { expect, onTestFinished }) => {
  const { place, connections } = await stranger(open(), onTestFinished)
  const queue = await openHintQueue({ redis: place }, quiet)
  const counts = openRedisRequestCounts(place)
  const consumer = queue.consume({ task: async () => {}, deliveryLane: async () => {} }, { tasks: 1, deliveryLanes: 1 })
  await expect(queue.addTasks([{ taskId: 'tsk_1', epoch: 1 }])).rejects.toThrow()
  await expect(queue.check()).rejects.toThrow()
  await expect(counts.take('key_1', { quota: 5, owed: 0, wanted: 2 })).rejects.toThrow()
  const before = connections()
  await eventually('they try again', () => connections() > before + 5, { withinMs: 30_000 })
  await consumer.stop()
  await Promise.all([queue.close(), counts.close()])
})
