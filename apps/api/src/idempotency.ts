import { createHash } from 'node:crypto'
import {
  AppError,
  canonicalJson,
  type IdempotentRequest,
  isReplay,
  type Replay,
  type StoredResponse,
} from '@backhaul/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { jsonBytes } from './http/json-bytes.ts'

/** The owner of the operators' keys, who share one token. It differs from every tenant id. */
const operatorsScope = 'operators'

/** How a route creates something and renders it. */
interface Creation<Result> {
  create(idempotent: IdempotentRequest<Result> | undefined): Promise<Result | Replay>
  /** Must be pure: it is called inside the creating transaction, which may be retried. */
  render(result: Result): object
  /** The status; default 201. 202 when the work has only begun, 200 when it became part of something that existed. */
  status?: 200 | 201 | 202
}

/**
 * Responds with what was created, or with the response that the first request of the same Idempotency-Key got.
 * Throws `idempotency_key_in_use`, `idempotency_key_reused`, and what `create` throws.
 */
export async function respondCreated<Result>(
  request: FastifyRequest,
  reply: FastifyReply,
  { create, render, status = 201 }: Creation<Result>,
): Promise<FastifyReply> {
  // The body of a large batch is megabytes, so it is serialized once for both the transaction and the client.
  let last: { result: Result; response: StoredResponse } | undefined
  const respond = (result: Result): StoredResponse => {
    if (last?.result !== result) last = { result, response: { status, body: jsonBytes(render(result)) } }
    return last.response
  }
  const keyed = keyOf(request)
  const outcome = await create(keyed && { ...keyed, respond })
  if (!isReplay(outcome)) return send(reply, respond(outcome))
  const first = firstResponse(outcome)
  return send(reply.header('idempotency-replayed', 'true'), first)
}

function keyOf(request: FastifyRequest): Omit<IdempotentRequest<never>, 'respond'> | undefined {
  const { headers, method, routeOptions, params, body, principal } = request
  // The route's schema has checked that the key occurs once and is visible ASCII.
  const key = headers['idempotency-key'] as string | undefined
  if (key === undefined) return undefined
  // Use the route's pattern and parameters: a path can be escaped in several ways.
  const text = () => canonicalJson([method, routeOptions.url, params, body])
  const fingerprint = () => createHash('sha256').update(text()).digest()
  return { scope: principal?.tenantId ?? operatorsScope, key, fingerprint }
}

function firstResponse({ replay }: Replay): StoredResponse {
  if (replay === 'running')
    throw refused('idempotency_key_in_use', 'The first request with this key has not ended yet.')
  if (replay === 'reused') throw refused('idempotency_key_reused', 'The key came first with another address or body.')
  return replay
}

function refused(code: 'idempotency_key_in_use' | 'idempotency_key_reused', detail: string): AppError {
  return new AppError(code, detail, { errors: [{ pointer: '/headers/idempotency-key', code, detail }] })
}

function send(reply: FastifyReply, { status, body }: StoredResponse): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send(body)
}
