/** One address for several APIs: a balancer of TCP connections that asks each API whether it is ready. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Balancer {
  url: string
  /** Takes connections from now on, while it is ready. */
  add(apiUrl: string): void
  remove(apiUrl: string): void
  close(): void
}

const askEveryMs = 500

export async function startBalancer(): Promise<Balancer> {
  const isReady = new Map<string, boolean>()
  const sockets = new Set<Socket>()
  const closing = new AbortController()
  let turn = 0

  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }
  /** Tries one API after the other; what none takes is refused. */
  const place = (near: Socket, [first, ...others]: string[]): void => {
    if (first === undefined || near.destroyed) return void near.destroy()
    const { hostname, port } = new URL(first)
    const far = connect(Number(port), hostname)
    keep(far)
    let isOpen = false
    far.once('connect', () => {
      isOpen = true
      near.pipe(far).pipe(near)
    })
    far.once('close', () => (isOpen ? near.destroy() : place(near, others)))
    near.once('close', () => far.destroy())
  }
  const server = createServer((near) => {
    keep(near)
    const ready = [...isReady].filter(([, is]) => is).map(([url]) => url)
    turn += 1
    const first = turn % Math.max(1, ready.length)
    place(near, [...ready.slice(first), ...ready.slice(0, first)])
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const ask = async () => {
    while (!closing.signal.aborted) {
      for (const url of isReady.keys()) {
        const is = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
          ({ ok }) => ok,
          () => false,
        )
        if (isReady.has(url)) isReady.set(url, is)
      }
      await sleep(askEveryMs, undefined, { signal: closing.signal }).catch(() => {})
    }
  }
  void ask()
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (url) => void isReady.set(url, true),
    remove: (url) => void isReady.delete(url),
    close() {
      closing.abort()
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
