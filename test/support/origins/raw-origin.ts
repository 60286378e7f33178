import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'

export interface RawRequest {
  /** Request line and fields, as received. */
  head: string
  body: string
  /** Lower-case names; a repeated field joined with ", ". */
  headers: Record<string, string>
  path: string
  /** From 0, over all connections. */
  index: number
  socket: Socket
  /** Resets the connection, also below TLS. */
  reset(): void
}
/** A TCP server that can send any bytes. */
export interface RawOrigin {
  port: number
  /** With the address as host. */
  url(path?: string): string
  /** Every request whose head and body have arrived, in order. */
  requests: RawRequest[]
  connections(): number
  openConnections(): number
  bytesReceived(): number
  close(): Promise<void>
}

/** Responds to every request with the bytes that `script` returns, and closes. When it returns nothing, the script uses the socket itself. */
export async function startRawOrigin(
  script: (request: RawRequest) => string | Buffer | undefined,
  options: { host?: string; port?: number; tls?: TlsOptions } = {},
): Promise<RawOrigin> {
  const { host = '127.0.0.1', port: wantedPort = 0, tls } = options
  const requests: RawRequest[] = []
  const sockets = new Set<Socket>()
  const below = new Map<number | undefined, Socket>()
  let connections = 0
  let bytesReceived = 0
  const serve = (socket: Socket) => {
    let received = ''
    socket.on('data', (chunk: Buffer) => {
      bytesReceived += chunk.length
      received += chunk.toString('latin1')
      const request = parseRequest(received)
      if (request === null) return
      received = ''
      const whole = {
        ...request,
        index: requests.length,
        socket,
        reset: () => void below.get(socket.remotePort)?.resetAndDestroy(),
      }
      requests.push(whole)
      const bytes = script(whole)
      if (bytes !== undefined) socket.end(bytes)
    })
  }
  // Half-open, so that a script that stalls notices nothing and goes on stalling.
  const server: Server = tls ? createTlsServer(tls, serve) : createServer({ allowHalfOpen: true }, serve)
  server.on('tlsClientError', () => {})
  server.on('connection', (socket) => {
    connections += 1
    sockets.add(socket)
    below.set(socket.remotePort, socket)
    socket.on('error', () => {})
    socket.on('end', () => socket.end())
    socket.on('close', () => sockets.delete(socket))
  })
  const secured = new Set<Socket>()
  server.on('secureConnection', (socket: Socket) => {
    secured.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => secured.delete(socket))
  })
  server.listen(wantedPort, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: (path = '/') => `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`,
    requests,
    connections: () => connections,
    openConnections: () => sockets.size,
    bytesReceived: () => bytesReceived,
    async close() {
      for (const socket of [...secured, ...sockets]) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A response with the right Content-Length. */
export function rawResponse(status: number, fields: Record<string, string> = {}, body: string | Buffer = ''): Buffer {
  const all = { 'Content-Length': String(Buffer.byteLength(body)), ...fields }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status} Status\r\n${lines.join('')}\r\n`, 'latin1'), Buffer.from(body)])
}

function parseRequest(received: string): Pick<RawRequest, 'head' | 'body' | 'headers' | 'path'> | null {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return null
  const head = received.slice(0, end)
  const body = received.slice(end + 4)
  const [requestLine = '', ...lines] = head.split('\r\n')
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  if (body.length < Number(headers['content-length'] ?? 0)) return null
  return { head, body: Buffer.from(body, 'latin1').toString(), headers, path: requestLine.split(' ')[1] ?? '' }
}
