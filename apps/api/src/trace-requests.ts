import { parseTraceparent, type Span, type Tracing, within } from '@backhaul/core'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Responses without an end: a span for them would end with the connection, hours later. */
export const endlessOperations: readonly string[] = ['streamEvents', 'connectEndpoint']

/**
 * A span for each operation, which belongs to the trace that the client names (`traceparent`, W3C Trace Context). All that a
 * handler does is within it. Register it before everything that may be worth a trace. Probes have none.
 */
export function traceRequests(app: FastifyInstance, { tracing }: { tracing: Tracing }): void {
  const spans = new WeakMap<FastifyRequest, Span>()
  // With a callback: what comes behind an async hook would not be in its context.
  app.addHook('onRequest', (request, _reply, next) => {
    const { operationId } = request.routeOptions.config
    if (operationId === undefined || endlessOperations.includes(operationId)) return next()
    const span = tracing.begin({ ...aboutRequest(request), name: operationId })
    spans.set(request, span)
    within(span, next)
  })
  app.addHook('onResponse', async (request, { statusCode }) => {
    const span = spans.get(request)
    span?.set({ 'http.response.status_code': statusCode })
    span?.end(statusCode >= 500 ? { failure: `${statusCode}` } : {})
  })
}

function aboutRequest({ headers, method, routeOptions, id }: FastifyRequest) {
  const given = headers.traceparent
  const parent = typeof given === 'string' && parseTraceparent(given) !== null ? given : null
  const attributes = {
    'http.request.method': method,
    'http.route': routeOptions.url ?? '',
    'backhaul.request.id': id,
  }
  return { kind: 'server' as const, parent, attributes }
}
