import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openHintQueue } from '#core/dispatch/bullmq/hint-queue.ts'
import { watchRedis } from '#core/dispatch/bullmq/watch-redis.ts'
import { type RedisPlace, redisAddress, redisAt } from '#core/kernel/redis-place.ts'
import { openRedisRequestCounts } from '#core/limits/redis/request-counts.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { makeAuthority, makeCertificate } from '#support/origins/certificates.ts'
import { freePort } from '#support/servers/free-port.ts'
import { startRedisCluster, startRedisNode, startSentinelGroup } from '#support/servers/redis-topologies.ts'
import { expectNoSurprises, hint, ids, passes, quiet } from './hint-queues.ts'

const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'
const stops: (() => Promise<unknown>)[] = []
afterAll(async () => void (await Promise.all(stops.map((stop) => stop()))))
const started = async <T extends { stop(): Promise<unknown> }>(starting: Promise<T>): Promise<T> => {
  const server = await starting
  stops.push(() => server.stop())
  return server
}
const away = { host: '127.0.0.1', port: 1 }

/** What is logged about Redis, by event. */
function listening() {
  const said: { event: string; [field: string]: unknown }[] = []
  const say = (fields: { event: string }) => void said.push(fields)
  return { said, log: { info: say, warn: say, error: say } }
}

/** Hints go through, and requests are counted. */
async function works(place: RedisPlace): Promise<void> {
  const queue = await openHintQueue({ redis: place }, quiet)
  const counts = openRedisRequestCounts(place)
  const taken: { taskId: string; epoch: number }[] = []
  const consumer = queue.consume(
    { task: async (given) => void taken.push(given), deliveryLane: async () => {} },
    { tasks: 4, deliveryLanes: 2 },
  )
  try {
    const hints = Array.from({ length: 20 }, () => hint())
    await eventually('hints are taken', () => queue.addTasks(hints).then(() => true), { withinMs: 20_000 })
    await passes(queue, taken)
    expect(ids(taken)).toEqual(ids(hints))
    await queue.check()
    const take = () => counts.take('key_1', { quota: 5, owed: 0, wanted: 2 })
    await eventually('requests are counted', () => take().then(({ given }) => given === 2))
    // Another key lies on another node of a cluster.
    for (const key of ['key_2', 'key_3', 'key_4', 'key_5'])
      expect((await counts.take(key, { quota: 5, owed: 0, wanted: 2 })).given).toBe(2)
  } finally {
    await consumer.stop()
    await Promise.all([queue.close(), counts.close()])
  }
}

describe.skipIf(embeddedOnly)('the hint queue and the counts of requests', () => {
  expectNoSurprises()

  it('work on a cluster, through any of its nodes', async () => {
    const { nodes } = await started(startRedisCluster())
    const { log, said } = listening()
    const place = {
      ...redisAt('redis://127.0.0.1:1'),
      clusterNodes: [away, { host: '127.0.0.1', port: nodes[1]!.port }],
    }
    await (await watchRedis(place, log)).end()
    expect(said).toEqual([expect.objectContaining({ event: 'redis.connected', evictionPolicy: 'noeviction' })])
    await works(place)
    await expect(watchRedis(redisAt(nodes[0]!.url), quiet)).rejects.toThrow(
      'Redis is a cluster: name some of its nodes in REDIS_CLUSTER_NODES',
    )
  }, 120_000)

  it('follow the sentinels to another master', async () => {
    const group = await started(startSentinelGroup('hints'))
    const sentinels = { name: 'hints', addresses: [away, group.address], password: null }
    const place = { ...redisAt('redis://hints'), sentinels }
    const { log, said } = listening()
    await (await watchRedis(place, log)).end()
    expect(said).toEqual([expect.objectContaining({ event: 'redis.connected' })])
    const other = { name: 'another', addresses: [group.address], password: null }
    await expect(watchRedis({ ...place, sentinels: other }, quiet)).rejects.toThrow(/REDIS_SENTINEL_NAME/)
    const none = { name: 'hints', addresses: [redisAddress(group.master.url)], password: null }
    await expect(watchRedis({ ...place, sentinels: none }, quiet)).rejects.toThrow(/is no sentinel/)
    const { host, port } = group.address
    await expect(watchRedis(redisAt(`redis://${host}:${port}`), quiet)).rejects.toThrow(/leads to a sentinel/)
    const queue = await openHintQueue({ redis: place }, quiet)
    const taken: { taskId: string; epoch: number }[] = []
    const consumer = queue.consume(
      { task: async (given) => void taken.push(given), deliveryLane: async () => {} },
      { tasks: 4, deliveryLanes: 2 },
    )
    await passes(queue, taken)
    await group.master.stop()
    await eventually('the replica is the master', async () => (await group.masterPort()) === group.replica.port, {
      withinMs: 60_000,
    })
    await passes(queue, taken)
    await consumer.stop()
    await queue.close()
  }, 120_000)

  it('speak TLS with a certificate of one’s own authority, as an ACL user with few rights', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'backhaul-redis-tls-'))
    stops.push(() => rm(folder, { recursive: true, force: true }))
    const authority = makeAuthority('the authority')
    const { key, cert } = makeCertificate({ subject: 'localhost', issuer: authority })
    const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem'), ca: join(folder, 'ca.pem') }
    await Promise.all([writeFile(files.key, key), writeFile(files.cert, cert), writeFile(files.ca, authority.cert)])
    const node = await started(startRedisNode())
    for (const [name, value] of [
      ...[
        ['tls-cert-file', files.cert],
        ['tls-key-file', files.key],
        ['tls-ca-cert-file', files.ca],
      ],
      ['tls-auth-clients', 'no'],
    ] as [string, string][])
      await node.run('CONFIG', 'SET', name, value)
    const tlsPort = await freePort()
    await node.run('CONFIG', 'SET', 'tls-port', String(tlsPort))
    const rights = ['on', '>p%ss', '~backhaul:*', '+@all', '-@admin', '-@dangerous', '+info']
    await node.run('ACL', 'SETUSER', 'backhaul', ...rights)
    const place = { ...redisAt(`rediss://backhaul:p%25ss@localhost:${tlsPort}`), ca: authority.cert }
    await (await watchRedis(place, quiet)).end()
    await works(place)
    await expect(watchRedis({ ...place, ca: null }, quiet)).rejects.toThrow(/^the certificate of Redis is not accepted/)
  }, 120_000)

  it('refuse a wrong password, or none, and say so', async () => {
    const node = await started(startRedisNode(['--requirepass', 'secret'], { password: 'secret' }))
    const at = (credentials: string) => watchRedis(redisAt(`redis://${credentials}127.0.0.1:${node.port}`), quiet)
    await expect(at(':wrong@')).rejects.toThrow('Redis refuses the user or the password of REDIS_URL')
    await expect(at('nobody:secret@')).rejects.toThrow('Redis refuses the user or the password of REDIS_URL')
    await expect(at('')).rejects.toThrow('Redis wants a password, and REDIS_URL has none')
    await (await at(':secret@')).end()
    await node.run('ACL', 'SETUSER', 'blind', 'on', '>secret', '~*', '+@all', '-info')
    await expect(at('blind:secret@')).rejects.toThrow('Redis does not let the user of REDIS_URL run INFO')
  })

  it('refuse a database that is not there, and take no other one', async () => {
    const node = await started(startRedisNode(['--databases', '4']))
    await expect(watchRedis(redisAt(`${node.url}/4`), quiet)).rejects.toThrow(
      /no database of the number behind the slash/,
    )
    await (await watchRedis(redisAt(`${node.url}/3`), quiet)).end()
  })

  it('warn once of a policy that removes what is queued', async () => {
    const node = await started(startRedisNode(['--maxmemory-policy', 'allkeys-lru']))
    const { log, said } = listening()
    await (await watchRedis(redisAt(node.url), log)).end()
    expect(said.map(({ event }) => event)).toEqual(['redis.connected', 'redis.may_evict'])
    expect(said[1]).toMatchObject({ evictionPolicy: 'allkeys-lru' })
  })

  it('go on without a Redis, and ask what it is when it has come', async () => {
    const node = await startRedisNode(['--maxmemory-policy', 'volatile-lru'])
    await node.stop()
    const { log, said } = listening()
    const watch = await watchRedis(redisAt(node.url), log)
    expect(said).toEqual([{ event: 'redis.awaited', reason: 'ECONNREFUSED' }])
    await started(startRedisNode(['--maxmemory-policy', 'volatile-lru'], { port: node.port }))
    await eventually('it was asked', () => said.some(({ event }) => event === 'redis.may_evict'), { withinMs: 20_000 })
    await watch.end()
  })

  it('take a Redis that has come to the place of something else', async () => {
    const web = createServer((_, response) => response.end('hello'))
    await once(web.listen(0, '127.0.0.1'), 'listening')
    const { port } = web.address() as AddressInfo
    const { log, said } = listening()
    const watch = await watchRedis(redisAt(`redis://127.0.0.1:${port}`), log)
    expect(watch.refusal()).toMatch(/is no Redis/)
    web.closeAllConnections()
    await new Promise((resolve) => web.close(resolve))
    await started(startRedisNode([], { port }))
    await eventually('it is found', () => said.some(({ event }) => event === 'redis.connected'), { withinMs: 20_000 })
    expect(said.map(({ event }) => event)).toEqual(['redis.refused', 'redis.connected'])
    expect(watch.refusal()).toBeNull()
    await watch.end()
  })
})
