import { connect } from 'node:net'
import { aptInstall } from './apt.ts'
import { freePort } from './free-port.ts'
import { findProgram, type ServerProcess, startProcess } from './server-process.ts'

/** A Redis of the caller's own, always on the same port. It persists nothing: each start is empty. */
export interface OwnRedis {
  url: string
  /** Sends one command and resolves with the first line of the reply. */
  ask(command: 'PING' | 'FLUSHALL' | `CONFIG SET ${string}`): Promise<string>
  /** Kills it. */
  stop(): Promise<void>
  start(): Promise<void>
  /** SIGSTOP: its connections stay, but it does not answer. */
  freeze(): void
  thaw(): void
}

export async function startOwnRedis(): Promise<OwnRedis> {
  if (!findProgram('redis-server')) await aptInstall(['redis-server'])
  const program = findProgram('redis-server') ?? 'redis-server'
  const port = await freePort()
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no']
  let server: ServerProcess | null = null
  const ask: OwnRedis['ask'] = (command) =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`))
      socket.setTimeout(1_000, () => socket.destroy(new Error('no answer')))
      socket.once('error', reject)
      socket.once('data', (reply) => {
        socket.destroy()
        resolve(reply.toString().trim())
      })
    })
  const redis: OwnRedis = {
    url: `redis://127.0.0.1:${port}`,
    ask,
    async start() {
      server = startProcess(program, args)
      await server.ready('Redis answers', async () => (await ask('PING')) === '+PONG', 10_000)
    },
    stop: async () => await server?.stop(),
    freeze: () => server?.kill('SIGSTOP'),
    thaw: () => server?.kill('SIGCONT'),
  }
  await redis.start()
  return redis
}
