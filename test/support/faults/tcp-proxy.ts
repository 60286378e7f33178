import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A network in front of a server that can be made to fail. */
export interface TcpProxy {
  port: number
  /** Breaks every connection and refuses new ones. */
  cut(): Promise<void>
  /** Drops all traffic silently. Connections that are open now stay silent for ever. */
  stall(): void
  /** Breaks every connection; new ones work. */
  reset(): void
  /** Bytes take this much longer (ms) in each direction, until `restore`. */
  slow(ms: number): void
  /** New connections work again. */
  restore(): Promise<void>
  close(): Promise<void>
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let silent = false
  let slowMs = 0
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    return socket
  }
  const join = (from: Socket, to: Socket) => {
    /** While bytes are on their way, those behind them wait, so that none overtakes another. */
    let underWay: Promise<void> | null = null
    const pass = (chunk: Buffer) => {
      if (sockets.has(from) && !muted.has(from) && !to.write(chunk)) from.pause()
    }
    from.on('data', (chunk: Buffer) => {
      if (slowMs === 0 && underWay === null) return pass(chunk)
      const arrived = Promise.all([underWay, sleep(slowMs)]).then(() => {
        if (underWay === arrived) underWay = null
        pass(chunk)
      })
      underWay = arrived
    })
    to.on('drain', () => from.resume())
    from.on('close', async () => {
      await underWay
      if (!muted.has(from)) to.destroy()
    })
  }
  const muted = new WeakSet<Socket>()
  const accept = (near: Socket) => {
    keep(near)
    if (silent) return void muted.add(near.resume())
    const far = keep(connect(target.port, target.host))
    join(near, far)
    join(far, near)
  }
  const listen = async (port: number): Promise<Server> => {
    const server = createServer(accept).listen(port, '127.0.0.1')
    await once(server, 'listening')
    return server
  }
  const stopListening = async () => {
    for (const socket of sockets) socket.destroy()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
  let server = await listen(0)
  const { port } = server.address() as AddressInfo
  return {
    port,
    cut: stopListening,
    stall() {
      silent = true
      for (const socket of sockets) muted.add(socket)
    },
    reset() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    slow(ms) {
      slowMs = ms
    },
    async restore() {
      silent = false
      slowMs = 0
      if (!server.listening) server = await listen(port)
    },
    close: stopListening,
  }
}
