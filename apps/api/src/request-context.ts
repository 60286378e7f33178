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

/** Does `work` in the context of a request that has shown who it is from in its body. */
export function asRequester<T>(request: FastifyRequest, work: () => T): T {
  return inRequest(contextFor(request, request.routeOptions.config.operationId ?? ''), work)
}

/** null: the route asks for no key. */
function contextOf(request: FastifyRequest): RequestContext | null {
  const { access, operationId } = request.routeOptions.config
  if (operationId === undefined || access === undefined || access === 'anybody') return null
  return contextFor(request, operationId)
}

function contextFor(request: FastifyRequest, operationId: string): RequestContext {
  const { principal, signIn, params, id } = request
  const named = Object.values((params ?? {}) as Record<string, string>)
  return {
    tenantId: principal?.tenantId ?? null,
    aboutTenantId: principal?.tenantId ?? named.find((value) => value.startsWith('ten_')) ?? null,
    actor: {
      ...(principal === null ? ({ kind: 'operator' } as const) : ({ kind: 'key', keyId: principal.keyId } as const)),
      signInId: signIn?.id ?? null,
    },
    address: clientAddress(request),
    requestId: id,
    action: operationId,
    target: named.at(-1) ?? null,
  }
}
