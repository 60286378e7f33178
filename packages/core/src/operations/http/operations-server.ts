import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getBuiltinModule } from 'node:process'
import type { Log } from '../../kernel/log.ts'
import type { Metrics } from '../metrics.ts'
import type { DrainingReadiness, Readiness } from '../readiness.ts'

/** What a process tells its operators. Absent members come once it has its database. */
export interface Operated {
  metrics: Metrics
  readiness(): Promise<Readiness | DrainingReadiness>
}

export interface OperationsServer {
  url: string
  /** Its address, which no download may reach. */
  at: { host: string; port: number }
  /** From now on it can say more than that the process lives. */
  serve(operated: Operated): void
  /** `/readyz` refuses from now on. */
  stopping(): void
  close(): Promise<void>
}

/** An import would read every export of the module, `WebSocket` too, which loads an HTTP client: 10 MiB and 0.1 s of CPU in each process. */
const { createServer } = getBuiltinModule('node:http')

/** A scraper or a probe that does not read its answer is cut off. */
const timeoutMs = 10_000

/** `/livez`, `/readyz` and `/metrics`, for probes and Prometheus. It needs no token: its port is for operators only. */
export async function startOperationsServer(
  { host, port }: { host: string; port: number },
  log: Pick<Log, 'error'>,
): Promise<OperationsServer> {
  let operated: Operated | null = null
  let isStopping = false
  const routes: Record<string, () => Promise<Answer>> = {
    '/livez': async () => json(200, { status: 'ok' }),
    '/readyz': async () => {
      if (isStopping) return json(503, { status: 'stopping' })
      if (operated === null) return json(503, { status: 'starting' })
      const readiness = await operated.readiness()
      return json(readiness.status === 'ok' ? 200 : 503, readiness)
    },
    '/metrics': async () => {
      if (operated === null) return json(503, { status: 'starting' })
      const { contentType, text } = await operated.metrics.read()
      return { status: 200, contentType, text }
    },
  }
  const server = createServer({ requestTimeout: timeoutMs, headersTimeout: timeoutMs }, (request, response) => {
    request.resume()
    const path = (request.url ?? '').split('?', 1)[0]!
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined
    if (!route) return send(response, json(404, { status: 'not found', paths: Object.keys(routes) }))
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD')
      return send(response, json(405, { status: 'method not allowed' }))
    }
    route().then(
      (answer) => send(response, answer),
      (error) => {
        log.error({ event: 'operations.failed', path, error }, 'a request of operators failed')
        send(response, json(500, { status: 'failed' }))
      },
    )
  })
  server.timeout = timeoutMs
  server.listen(port, host)
  await once(server, 'listening')
  const at = server.address() as AddressInfo
  return {
    at: { host: at.address, port: at.port },
    url: `http://${at.family === 'IPv6' ? `[${at.address}]` : at.address}:${at.port}`,
    serve: (what) => {
      operated = what
    },
    stopping: () => {
      isStopping = true
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

interface Answer {
  status: number
  contentType: string
  text: string
}

function json(status: number, body: object): Answer {
  return { status, contentType: 'application/json; charset=utf-8', text: `${JSON.stringify(body)}\n` }
}

function send(response: ServerResponse, { status, contentType, text }: Answer): void {
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' }).end(text)
}
