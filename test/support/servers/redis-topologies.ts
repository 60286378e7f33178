import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { aptInstall } from './apt.ts'
import { freePort } from './free-port.ts'
import { findProgram, startProcess } from './server-process.ts'

/** A Redis with these arguments, which persists nothing. */
export interface RedisNode {
  port: number
  /** Without TLS, a user or a password. */
  url: string
  /** Runs a command on a connection of its own. */
  run(command: string, ...args: string[]): Promise<unknown>
  stop(): Promise<void>
}

export async function startRedisNode(
  args: readonly string[] = [],
  given: { password?: string; port?: number } = {},
): Promise<RedisNode> {
  if (!findProgram('redis-server')) await aptInstall(['redis-server'])
  const directory = await mkdtemp(join(tmpdir(), 'backhaul-node-'))
  const port = given.port ?? (await freePort())
  const own = ['--bind', '127.0.0.1', '--dir', directory, '--save', '', '--appendonly', 'no']
  const server = startProcess(findProgram('redis-server') ?? 'redis-server', ['--port', String(port), ...own, ...args])
  const run = async (command: string, ...rest: string[]) => {
    const redis = connection(port, given.password)
    try {
      await redis.connect()
      return await redis.call(command, ...rest)
    } finally {
      redis.disconnect()
    }
  }
  await server.ready('Redis answers', async () => (await run('PING').catch(() => null)) === 'PONG', 10_000)
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    run,
    async stop() {
      await server.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** For one command. */
function connection(port: number, password?: string): Redis {
  const once = { lazyConnect: true, enableReadyCheck: false, retryStrategy: () => null }
  const redis = new Redis({ port, host: '127.0.0.1', ...once, ...(password && { password }) })
  return redis.on('error', () => {})
}

/** A cluster of three masters, each with a third of the slots. */
export async function startRedisCluster(): Promise<{ nodes: RedisNode[]; stop(): Promise<void> }> {
  const start = () => startRedisNode(['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'])
  const nodes = await Promise.all([start(), start(), start()])
  const third = Math.ceil(16_384 / 3)
  for (const [n, node] of nodes.entries()) {
    await node.run('CLUSTER', 'ADDSLOTSRANGE', String(n * third), String(Math.min((n + 1) * third, 16_384) - 1))
    await node.run('CLUSTER', 'SET-CONFIG-EPOCH', String(n + 1))
  }
  for (const node of nodes.slice(1)) await nodes[0]!.run('CLUSTER', 'MEET', '127.0.0.1', String(node.port))
  const isWhole = async (node: RedisNode) => String(await node.run('CLUSTER', 'INFO')).includes('cluster_state:ok')
  const deadline = Date.now() + 30_000
  while (!(await Promise.all(nodes.map(isWhole))).every(Boolean))
    if (Date.now() > deadline) throw new Error('the cluster did not come together')
  return { nodes, stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))) }
}

/** A master, a replica, and a sentinel that alone decides which of them is the master of the group. */
export async function startSentinelGroup(name: string) {
  const master = await startRedisNode()
  const replica = await startRedisNode(['--replicaof', '127.0.0.1', String(master.port)])
  const directory = await mkdtemp(join(tmpdir(), 'backhaul-sentinel-'))
  const port = await freePort()
  const path = join(directory, 'sentinel.conf')
  const lines = [
    ...[`port ${port}`, 'bind 127.0.0.1', `dir ${directory}`],
    `sentinel monitor ${name} 127.0.0.1 ${master.port} 1`,
    ...[`sentinel down-after-milliseconds ${name} 1000`, `sentinel failover-timeout ${name} 5000`],
  ]
  await writeFile(path, `${lines.join('\n')}\n`)
  const server = startProcess(findProgram('redis-server') ?? 'redis-server', [path, '--sentinel'])
  const ask = async (...args: string[]) => {
    const redis = connection(port)
    try {
      await redis.connect()
      return await redis.call('SENTINEL', ...args)
    } finally {
      redis.disconnect()
    }
  }
  const masterPort = async () => Number(((await ask('GET-MASTER-ADDR-BY-NAME', name)) as string[])[1])
  const knows = async () => ((await ask('REPLICAS', name)) as unknown[]).length === 1
  await server.ready('the sentinel knows both', () => knows().catch(() => false), 30_000)
  return {
    ...{ master, replica, masterPort },
    address: { host: '127.0.0.1', port },
    async stop() {
      await Promise.all([server.stop(), master.stop(), replica.stop()])
      await rm(directory, { recursive: true, force: true })
    },
  }
}
