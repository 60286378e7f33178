import { timingSafeEqual } from 'node:crypto'
import {
  AppError,
  authenticate,
  createGuessGate,
  createKeyUses,
  createRequestGate,
  type Principal,
  type RateLimit,
  type RequestCounter,
  type RequestGate,
  rateLimitFields,
  requireScope,
  type Scope,
} from '@backhaul/core'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { clientAddress } from './client-address.ts'
import type { ApiDeps } from './deps.ts'

/** The access that a route requires: none, an ADMIN_TOKEN, or a tenant's key with that scope. */
export type Access = 'anybody' | 'operator' | Scope

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
  interface FastifyRequest {
    principal: Principal | null
    /** What is left of the key's requests; null: without a key, or without a limit. */
    rateLimit: RateLimit | null
  }
}

type AuthDeps = Pick<ApiDeps, 'stores' | 'mint' | 'adminTokens' | 'nowMs' | 'requestCounts'> & {
  requests: Pick<RequestCounter, 'count'>
}

/** Checks every request before its body is read. Registering a route below `/v1` without an access rule throws. */
export function guard(app: FastifyInstance, deps: AuthDeps): void {
  const uses = createKeyUses({ ...deps, log: app.log })
  const guesses = createGuessGate({ ...deps, log: app.log })
  const ports = { ...deps, uses }
  // Behind the last request, and before the database is closed.
  app.addHook('onClose', () => uses.write())
  const gate = createRequestGate({ ...deps, log: app.log })
  app.decorateRequest('principal', null)
  app.decorateRequest('rateLimit', null)
  app.addHook('onRoute', ({ url, config }: RouteOptions) => {
    if (url.startsWith('/v1/') && config?.access === undefined) throw new Error(`${url} does not say who may call it`)
  })
  app.addHook('onRequest', async (request, reply) => {
    refuseTwoKeys(request)
    const { access } = request.routeOptions.config
    if (access === undefined || access === 'anybody') return
    const key = bearer(request.headers.authorization)
    const address = clientAddress(request)
    guesses.admit(address)
    try {
      if (access === 'operator') return requireOperator(deps, key)
      request.principal = await authenticate(ports, key, address)
    } catch (error) {
      if (key !== null && isUnauthorized(error) && !(await isKnown(deps, key))) await guesses.count(address)
      throw error
    }
    deps.requests.count(request.principal.tenantId)
    await limitRequests(gate, request, reply)
    requireScope(request.principal, access)
  })
}

/** Also one that lacks its scope. Those that are refused here do not count. */
async function limitRequests(gate: RequestGate, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { keyId, limits } = principalOf(request)
  if (limits.requestsPerMinute === null) return
  const admission = gate.admit(keyId, limits.requestsPerMinute)
  const { isAdmitted, rateLimit } = admission instanceof Promise ? await admission : admission
  request.rateLimit = rateLimit
  reply.headers(rateLimitFields(rateLimit))
  if (isAdmitted) return
  const { quota, moreInSeconds } = rateLimit
  const detail = `The key may make ${quota} requests within a minute. The next one is possible in ${moreInSeconds} s.`
  throw new AppError('rate_limited', detail, { retryAfterSeconds: moreInSeconds })
}

/** The owner of the request's key. Only for routes that require a scope. */
export function principalOf({ principal }: FastifyRequest): Principal {
  if (principal === null) throw new Error('the route asks for no scope')
  return principal
}

/** The tenant that owns the request's key. */
export function tenantOf(request: FastifyRequest): string {
  return principalOf(request).tenantId
}

/** Refuses a repeated Authorization field: Node keeps only the first one, and a proxy in front may have checked another. */
function refuseTwoKeys({ raw }: FastifyRequest): void {
  const names = raw.rawHeaders.filter((_, index) => index % 2 === 0)
  if (names.filter((name) => name.toLowerCase() === 'authorization').length < 2) return
  throw new AppError('invalid_request', 'The request has more than one Authorization field.')
}

/** The bearer token (RFC 6750 §2.1); null when the field is missing or of another scheme. */
function bearer(field: string | undefined): string | null {
  return /^Bearer +([\x21-\x7e]+) *$/i.exec(field ?? '')?.[1] ?? null
}

function requireOperator(deps: AuthDeps, token: string | null): void {
  if (token === null || !isOperators(deps, token))
    throw new AppError('unauthorized', 'Send the operator\'s token as "Authorization: Bearer …".')
}

/**
 * Compares hashes, so that the duration reveals nothing about the tokens, not even their lengths; and with all of them,
 * so that it does not tell which one was right.
 */
function isOperators({ mint, adminTokens }: AuthDeps, token: string): boolean {
  const given = mint.hash(token)
  return adminTokens.filter((each) => timingSafeEqual(given, mint.hash(each))).length > 0
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof AppError && error.code === 'unauthorized'
}

/**
 * A token that is not good for the route but was given out: no guess. Others at its address, which may be that of a whole network, are not
 * to suffer for a client with a key that has ended.
 */
async function isKnown(deps: AuthDeps, token: string): Promise<boolean> {
  return isOperators(deps, token) || deps.stores.keys.wasKey(deps.mint.hash(token))
}
