/**
 * A collector of OpenTelemetry of minimal cost, as a process of its own: it counts the spans that come over OTLP/HTTP as JSON.
 * It prints its address; `GET` answers with the count so far.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Each span has it once, and nothing else has it (opentelemetry-proto's Span). */
const onceInSpan = '"startTimeUnixNano"'
let spans = 0
const server = createServer((request, response) => {
  if (request.method === 'GET') return void response.end(String(spans))
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    for (let at = body.indexOf(onceInSpan); at >= 0; at = body.indexOf(onceInSpan, at + 1)) spans += 1
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
}).listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
process.once('disconnect', () => process.exit())
