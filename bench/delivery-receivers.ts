/** Webhook receivers for bench/delivery.ts: one of minimal cost, and one that is dead. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'

export interface FastReceiver {
  url: string
  /** Resolves after this many POSTs with the times (ms) of the first and the last. */
  expect(posts: number): Promise<{ first: number; last: number }>
  close(): void
}

export async function startFastReceiver(): Promise<FastReceiver> {
  let left = 0
  let first: number | null = null
  let finished = (_: { first: number; last: number }) => {}
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => {
      response.writeHead(204).end()
      const now = performance.now()
      first ??= now
      left -= 1
      if (left === 0) finished({ first, last: now })
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    expect(posts) {
      left = posts
      first = null
      const { promise, resolve } = Promise.withResolvers<{ first: number; last: number }>()
      finished = resolve
      return promise
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

export interface DeadReceiver {
  url: string
  close(): void
}

/** Accepts connections and never responds. */
export async function startDeadReceiver(): Promise<DeadReceiver> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.resume()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
