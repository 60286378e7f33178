import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { startRedis } from './redis.ts'
import { startS3 } from './s3.ts'
import type { TestServer } from './server-process.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files ask for a server (see servers.ts). */
    serverDesk: string
  }
}

/**
 * Each server is started at most once in a run, by whichever test file asks first: a run that needs none waits for none.
 * Test files live in processes of their own, so they ask over a loopback port. At the end everything started is stopped.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const starts: Record<string, () => Promise<TestServer<unknown>>> = { '/redis': startRedis, '/s3': startS3 }
  const started = new Map<string, Promise<TestServer<unknown>>>()
  const ask = (name: string) => {
    const start = starts[name]
    if (!start) throw new Error(`there is no test server ${name}`)
    const server = started.get(name) ?? start()
    started.set(name, server)
    return server
  }

  const desk = createServer(async (request, response) => {
    try {
      const { address } = await ask(request.url ?? '')
      response.end(JSON.stringify(address))
    } catch (error) {
      const { message, cause } = error as Error
      response.writeHead(500).end(cause ? `${message}\n${cause}` : message)
    }
  }).listen(0, '127.0.0.1')
  await once(desk, 'listening')
  project.provide('serverDesk', `http://127.0.0.1:${(desk.address() as AddressInfo).port}`)

  return async () => {
    desk.close()
    desk.closeAllConnections()
    const servers = await Promise.allSettled(started.values())
    await Promise.all(servers.map((server) => (server.status === 'fulfilled' ? server.value.stop() : null)))
  }
}
