import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Backhaul, type ClientOptions } from '#sdk/index.ts'

interface Received {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}
export type Answer = (response: ServerResponse, request: Received) => void

/** A service that gives one answer after the other, the last one for ever, and remembers what it was asked. */
export async function startMisbehavingService(answers: readonly Answer[], options: ClientOptions = {}) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request
    const seen = { method, url, headers, body: await text(request) }
    received.push(seen)
    answers[Math.min(received.length, answers.length) - 1]!(response, seen)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  open.push(server)
  return { received, url, backhaul: new Backhaul({ apiKey: 'bh_of_a_test', baseUrl: url, ...options }) }
}

const open: Server[] = []

/** Behind each test. */
export async function closeServices(): Promise<void> {
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

export const json =
  (status: number, body: object, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

export const problem = (status: number, code: string, headers: Record<string, string> = {}): Answer =>
  json(status, { status, code, detail: `it is ${code}`, requestId: 'req-1' }, headers)

export const page =
  (status: number, body: string): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'text/html' }).end(body)

export const hangUp: Answer = (response) => response.socket!.destroy()

/** Promises more than it sends. */
export const breakOff =
  (type: string, bytes: string, length: number, status = 200, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': type, 'content-length': length, ...headers })
    response.write(bytes, () => response.socket!.destroy())
  }

export const silent: Answer = () => {}
