import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aptInstall } from './apt.ts'
import { startContainer } from './containers.ts'
import { freePort } from './free-port.ts'
import { findProgram, startProcess, type TestServer } from './server-process.ts'

/** As in production: nothing is evicted, everything is persisted. */
const settings = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction']

/** A Redis: the given one (`TEST_REDIS_URL`, `REDIS_URL`), a container, `redis-server`, or that program from a Debian package. */
export async function startRedis(): Promise<TestServer<string>> {
  const given = process.env.TEST_REDIS_URL || process.env.REDIS_URL
  if (given) return { address: given, stop: async () => {} }
  const container = await startContainer(
    'redis:8',
    6379,
    (redis) => redis.withCommand(['redis-server', ...settings]),
    (host, port) => `redis://${host}:${port}`,
  )
  if (container) return container
  if (!findProgram('redis-server')) await aptInstall(['redis-server'])
  if (!findProgram('redis-server'))
    throw new Error(
      'The tests need a Redis: set TEST_REDIS_URL, start a Docker engine, or install redis-server. ' +
        'BACKHAUL_TEST_EMBEDDED_ONLY=1 leaves out what needs one.',
    )
  return await startRedisServer()
}

/** A Redis of the caller's own from the program on the PATH, for tests that stop or fill it. */
async function startRedisServer(): Promise<TestServer<string>> {
  const directory = await mkdtemp(join(tmpdir(), 'backhaul-redis-'))
  const port = await freePort()
  const address = ['--bind', '127.0.0.1', '--port', String(port), '--dir', directory]
  const server = startProcess(findProgram('redis-server') ?? 'redis-server', [...address, '--save', '', ...settings])
  const stop = async () => {
    await server.stop()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    await server.ready('Redis answers', () => ping(port), 10_000)
  } catch (error) {
    await stop()
    throw error
  }
  return { address: `redis://127.0.0.1:${port}`, stop }
}

/** Resolves when PING is answered with PONG. */
function ping(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.setTimeout(1_000, () => socket.destroy(new Error('no answer')))
    socket.once('error', reject)
    socket.once('data', (reply) => {
      socket.destroy()
      if (reply.toString().startsWith('+PONG')) resolve()
      else reject(new Error(`Redis answered ${reply}`))
    })
  })
}
