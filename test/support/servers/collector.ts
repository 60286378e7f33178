import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

export interface ReceivedSpan {
  service: string
  name: string
  traceId: string
  spanId: string
  parentSpanId: string | null
  /** 1 internal, 2 server, 3 client (OTLP's SpanKind). */
  kind: number
  startMs: number
  endMs: number
  attributes: Record<string, unknown>
  /** The ids of the traces it is linked to. */
  links: string[]
  /** Its error; null: there is none. */
  failure: string | null
}

export interface Collector {
  url: string
  spans(): ReceivedSpan[]
  /** The headers of the requests so far. */
  headers(): Record<string, unknown>[]
  close(): Promise<void>
}

/** A collector of OpenTelemetry that takes traces over OTLP/HTTP as JSON, and remembers them. */
export async function startCollector(): Promise<Collector> {
  const spans: ReceivedSpan[] = []
  const headers: Record<string, unknown>[] = []
  const server = createServer(async (request, response) => {
    headers.push(request.headers)
    const isRight = request.url === '/v1/traces' && request.headers['content-type'] === 'application/json'
    if (isRight) spans.push(...readSpans(await json(request)))
    response.writeHead(isRight ? 200 : 404, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    spans: () => spans,
    headers: () => headers,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

type Attributes = { key: string; value: Record<string, unknown> }[]
const read = (attributes: Attributes = []) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

// biome-ignore lint/suspicious/noExplicitAny: opentelemetry-proto's ExportTraceServiceRequest
function readSpans({ resourceSpans }: any): ReceivedSpan[] {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  return resourceSpans.flatMap(({ resource, scopeSpans }: any) =>
    // biome-ignore lint/suspicious/noExplicitAny: as above
    scopeSpans.flatMap(({ spans }: any) =>
      // biome-ignore lint/suspicious/noExplicitAny: as above
      spans.map((span: any) => ({
        service: read(resource.attributes)['service.name'],
        name: span.name,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId || null,
        kind: span.kind,
        startMs: Number(span.startTimeUnixNano) / 1e6,
        endMs: Number(span.endTimeUnixNano) / 1e6,
        attributes: read(span.attributes),
        // biome-ignore lint/suspicious/noExplicitAny: as above
        links: (span.links ?? []).map((link: any) => link.traceId),
        failure: span.status?.code === 2 ? (span.status.message ?? '') : null,
      })),
    ),
  )
}
