import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { EgressProxy } from '#transfer/egress/connect-proxy.ts'

interface ConnectRequest {
  /** The requested target, "address:port". */
  target: string
  head: string
  /** From 0. */
  index: number
  socket: Socket
}
interface ConnectProxy extends EgressProxy {
  requests: ConnectRequest[]
  openConnections(): number
}
/** A tunnel to a port of 127.0.0.1, the bytes of a response, or nothing: then the script uses the socket itself. */
type ConnectResponse = { port: number } | string | undefined

/** An HTTP proxy that supports only CONNECT and connects to the target that the script returns. */
export async function startConnectProxy(script: (request: ConnectRequest) => ConnectResponse): Promise<ConnectProxy> {
  const requests: ConnectRequest[] = []
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  }
  const server = createServer((near) => {
    keep(near).once('data', (chunk) => {
      const head = chunk.toString('latin1')
      const request = { target: head.split(' ')[1] ?? '', head, index: requests.length, socket: near }
      requests.push(request)
      const response = script(request)
      if (typeof response === 'string') near.end(response)
      if (typeof response !== 'object') return
      near.pause()
      const far = keep(connect(response.port, '127.0.0.1'))
      far.once('connect', () => {
        near.write('HTTP/1.1 200 Connection established\r\n\r\n')
        near.pipe(far).pipe(near)
      })
      far.once('close', () => near.destroy())
      near.once('close', () => far.destroy())
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  const { port } = server.address() as AddressInfo
  return { host: '127.0.0.1', port, authorization: null, requests, openConnections: () => sockets.size }
}
