/** The control of edge.ts: a server with the API's timeouts that does nothing with what comes. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const server = createServer({
  requestTimeout: 30_000,
  headersTimeout: 15_000,
  connectionsCheckingInterval: 100,
}).listen(0, '127.0.0.1', () => process.send!(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
server.on('request', (request) => request.resume())
process.on('message', () => process.exit())
process.on('disconnect', () => process.exit())
