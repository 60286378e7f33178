import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request as openRequest, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request to an S3 server, as far as faults ask for it. */
export interface S3Call {
  verb: 'begin' | 'part' | 'complete' | 'abort' | 'listParts' | 'put' | 'get' | 'head' | 'delete' | 'other'
  /** Without the bucket. */
  key: string
  partNumber: number | null
  uploadId: string | null
}

/**
 * `slowDown`: 503, not forwarded. `loseResponse`: forwarded and answered, but the connection is cut instead of the response.
 * `errorInside`: 200 with an error in the body, not forwarded. `stall`: nothing is read or said any more. `cut`: the
 * connection breaks with the first bytes of the body. null: as if there were no proxy.
 */
export type S3Fault = 'slowDown' | 'loseResponse' | 'errorInside' | 'stall' | 'cut' | null

/** A proxy in front of an S3 server that the service takes for the server itself. */
export interface FaultProxy {
  endpoint: string
  /** Called for every request, which is forwarded when the returned promise has resolved. */
  decide: (call: S3Call) => S3Fault | Promise<S3Fault>
  close(): Promise<void>
}

export async function startFaultProxy(endpoint: string): Promise<FaultProxy> {
  const target = new URL(endpoint)
  const agent = new Agent({ keepAlive: true })
  const server = createServer(async (request, response) => {
    request.on('error', () => {})
    response.on('error', () => {})
    const fault = await proxy.decide(callOf(request))
    if (fault === 'stall') return void request.pause()
    if (fault === 'cut') return void request.once('data', () => request.socket.destroy()).resume()
    if (fault === 'slowDown') return refuse(request, response, 503, 'SlowDown')
    if (fault === 'errorInside') return refuse(request, response, 200, 'InternalError')
    forward(request, response, fault === 'loseResponse')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  const forward = (request: IncomingMessage, response: ServerResponse, isLost: boolean) => {
    // Signatures cover the Host field: it stays as the client has written it.
    const { method, url, headers } = request
    const onward = openRequest({ host: target.hostname, port: target.port, agent, method, path: url, headers })
    onward.on('error', () => request.socket.destroy())
    response.on('close', () => response.writableFinished || onward.destroy())
    onward.on('response', (upstreamResponse) => {
      if (isLost) return void upstreamResponse.resume().on('end', () => request.socket.destroy())
      response.writeHead(upstreamResponse.statusCode!, upstreamResponse.rawHeaders)
      upstreamResponse.pipe(response)
    })
    request.pipe(onward)
  }
  const proxy: FaultProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    decide: () => null,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      agent.destroy()
    },
  }
  return proxy
}

/** With the body read to its end, so that the connection goes on. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, code: string): void {
  request.resume().on('end', () => {
    response.writeHead(status, { 'content-type': 'application/xml' })
    response.end(
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>a fault</Message></Error>`,
    )
  })
}

function callOf({ method, url }: IncomingMessage): S3Call {
  const { pathname, searchParams } = new URL(url!, 'http://s3')
  const uploadId = searchParams.get('uploadId')
  const part = searchParams.get('partNumber')
  return {
    verb: verbOf(method!, uploadId, part, searchParams.has('uploads')),
    key: decodeURIComponent(pathname.split('/').slice(2).join('/')),
    partNumber: part === null ? null : Number(part),
    uploadId,
  }
}

function verbOf(method: string, uploadId: string | null, part: string | null, isBegin: boolean): S3Call['verb'] {
  if (method === 'POST') return isBegin ? 'begin' : uploadId === null ? 'other' : 'complete'
  if (method === 'PUT') return part === null ? 'put' : 'part'
  if (method === 'DELETE') return uploadId === null ? 'delete' : 'abort'
  if (method === 'GET') return uploadId === null ? 'get' : 'listParts'
  return method === 'HEAD' ? 'head' : 'other'
}
