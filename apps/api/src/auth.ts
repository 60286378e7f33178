import { timingSafeEqual } from 'node:crypto'
import { AppError, authenticate, type Principal, requireScope, type Scope } from '@backhaul/core'
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import type { ApiDeps } from './deps.ts'

/** Who may call a route: anybody, the holder of ADMIN_TOKEN, or a tenant's key with that scope. */
export type Access = 'anybody' | 'operator' | Scope

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
  interface FastifyRequest {
    principal: Principal | null
  }
}

type AuthDeps = Pick<ApiDeps, 'stores' | 'mint' | 'adminToken'>

/** Checks every request before its body is read. A route below `/v1` that does not say who may call it cannot be made. */
export function guard(app: FastifyInstance, deps: AuthDeps): void {
  app.decorateRequest('principal', null)
  app.addHook('onRoute', ({ url, config }: RouteOptions) => {
    if (url.startsWith('/v1/') && config?.access === undefined) throw new Error(`${url} does not say who may call it`)
  })
  app.addHook('onRequest', async (request) => {
    refuseTwoKeys(request)
    const { access } = request.routeOptions.config
    if (access === undefined || access === 'anybody') return
    const key = bearer(request.headers.authorization)
    if (access === 'operator') return requireOperator(deps, key)
    request.principal = await authenticate(deps, key)
    requireScope(request.principal, access)
  })
}

/** Whose key this is. Only for routes that ask for a scope. */
export function principalOf({ principal }: FastifyRequest): Principal {
  if (principal === null) throw new Error('the route asks for no scope')
  return principal
}

/** The tenant whose key this is. */
export function tenantOf(request: FastifyRequest): string {
  return principalOf(request).tenantId
}

/** Node keeps the first of several such fields and drops the others; a proxy in front may have looked at another one. */
function refuseTwoKeys({ raw }: FastifyRequest): void {
  const names = raw.rawHeaders.filter((_, index) => index % 2 === 0)
  if (names.filter((name) => name.toLowerCase() === 'authorization').length < 2) return
  throw new AppError('invalid_request', 'The request has more than one Authorization field.')
}

/** RFC 6750 §2.1; null when there is no such field or it says something else. */
function bearer(field: string | undefined): string | null {
  return /^Bearer +([\x21-\x7e]+) *$/i.exec(field ?? '')?.[1] ?? null
}

/** Hashes are compared, so that the time taken says nothing about the token, not even its length. */
function requireOperator({ mint, adminToken }: AuthDeps, token: string | null): void {
  if (token !== null && timingSafeEqual(mint.hash(token), mint.hash(adminToken))) return
  throw new AppError('unauthorized', 'Send the operator\'s token as "Authorization: Bearer …".')
}
