import { inRequest, type RequestContext } from '@backhaul/core'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { clientAddress } from './client-address.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    operationId?: string
  }
}

/** Lets every handler, and all that it calls, run in the context of its request. Register it behind {@link guard}. */
export function enterRequests(app: FastifyInstance): void {
  // With a callback: what comes behind an async hook would not be in its context.
  app.addHook('onRequest', (request, _reply, next) => {
    const context = contextOf(request)
    if (context === null) next()
    else inRequest(context, next)
  })
}

/** null: the route asks for no key. */
function contextOf(request: FastifyRequest): RequestContext | null {
  const { principal, routeOptions, params, id } = request
  const { access, operationId } = routeOptions.config
  if (operationId === undefined || access === undefined || access === 'anybody') return null
  const named = Object.values((params ?? {}) as Record<string, string>)
  return {
    tenantId: principal?.tenantId ?? null,
    aboutTenantId: principal?.tenantId ?? named.find((value) => value.startsWith('ten_')) ?? null,
    actor: principal === null ? { kind: 'operator' } : { kind: 'key', keyId: principal.keyId },
    address: clientAddress(request),
    requestId: id,
    action: operationId,
    target: named.at(-1) ?? null,
  }
}
