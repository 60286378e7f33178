import {
  AppError,
  createGuessGate,
  createKeyUses,
  createRequestGate,
  type KeyHolder,
  type RateLimit,
  type RequestCounter,
  type RequestGate,
  rateLimitFields,
  requireScope,
  type Scope,
  type SignIn,
} from '@backhaul/core'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { clientAddress } from './client-address.ts'
import { type Credential, credentialOf, refuseTwoKeys } from './credential.ts'
import type { ApiDeps } from './deps.ts'
import { findHolder, isKnown } from './find-holder.ts'

/** Who may call a route: an operator, the holder of a tenant's key with that scope, or (`holder`) both, whatever the scopes. */
type HolderAccess = 'operator' | 'holder' | Scope
export type Access = 'anybody' | HolderAccess

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
  interface FastifyRequest {
    principal: KeyHolder | null
    /** What stood for the key or the operator's token; null: that was sent itself. */
    signIn: SignIn | null
    /** What is left of the key's requests; null: without a key, or without a limit. */
    rateLimit: RateLimit | null
  }
}

type AuthDeps = Pick<ApiDeps, 'stores' | 'mint' | 'adminTokens' | 'nowMs' | 'requestCounts' | 'publicUrl'> & {
  requests: Pick<RequestCounter, 'count'>
}

/**
 * Notes in the request whom it is from, and counts it. Throws as `authenticate` does, and `rate_limited`; `forbidden` without
 * the scope that the access asks for.
 */
export type Recognize = (
  request: FastifyRequest,
  reply: FastifyReply,
  credential: Credential | null,
  access: HolderAccess,
) => Promise<void>

/**
 * Checks every request before its body is read. Registering a route below `/v1` without an access rule throws. The result
 * is for routes that find their credential in the body.
 */
export function guard(app: FastifyInstance, deps: AuthDeps): Recognize {
  const uses = createKeyUses({ ...deps, log: app.log })
  const guesses = createGuessGate({ ...deps, log: app.log })
  const ports = { ...deps, uses }
  // Behind the last request, and before the database is closed.
  app.addHook('onClose', () => uses.write())
  const gate = createRequestGate({ ...deps, log: app.log })
  app.decorateRequest('principal', null)
  app.decorateRequest('signIn', null)
  app.decorateRequest('rateLimit', null)
  app.addHook('onRoute', ({ url, config }: RouteOptions) => {
    if (url.startsWith('/v1/') && config?.access === undefined) throw new Error(`${url} does not say who may call it`)
  })

  const recognize: Recognize = async (request, reply, credential, access) => {
    const address = clientAddress(request)
    guesses.admit(address)
    try {
      const { holder, signIn } = await findHolder(ports, credential, sideOf(access), address)
      request.principal = holder
      request.signIn = signIn
    } catch (error) {
      if (credential !== null && isUnauthorized(error) && !(await isKnown(deps, credential)))
        await guesses.count(address)
      throw error
    }
    if (request.principal === null) return
    deps.requests.count(request.principal.tenantId)
    await limitRequests(gate, request, reply)
    if (access !== 'operator' && access !== 'holder') requireScope(request.principal, access)
  }

  app.addHook('onRequest', async (request, reply) => {
    refuseTwoKeys(request)
    const { access } = request.routeOptions.config
    if (access === undefined || access === 'anybody') return
    const credential = credentialOf(request, deps.publicUrl)
    // No cache keeps for others what a cookie has opened, as goes without saying with Authorization (RFC 9111 §3.5).
    if (credential?.kind === 'signIn') reply.header('cache-control', 'private, no-store')
    await recognize(request, reply, credential, access)
  })
  return recognize
}

function sideOf(access: HolderAccess): 'tenants' | 'operators' | 'both' {
  if (access === 'holder') return 'both'
  return access === 'operator' ? 'operators' : 'tenants'
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
export function principalOf({ principal }: FastifyRequest): KeyHolder {
  if (principal === null) throw new Error('the route asks for no scope')
  return principal
}

/** The tenant that owns the request's key. */
export function tenantOf(request: FastifyRequest): string {
  return principalOf(request).tenantId
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof AppError && error.code === 'unauthorized'
}
