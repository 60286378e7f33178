import { type Answer, AppError, canonicalJson, isReplay, type Mint, type Once, type Replay } from '@backhaul/core'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Operators share one token, and so their keys. No tenant's id is like it. */
const operatorsScope = 'operators'

/**
 * Answers a request that creates with 201 (202: it has only begun; 200: it is in something that was there) and `view` of what
 * `create` made, or with what the first request of its Idempotency-Key was told. `view` must be pure: it is called in the transaction that creates, which may be tried again.
 * Throws `idempotency_key_in_use`, `idempotency_key_reused`, and what `create` throws.
 */
export async function answerCreated<Result>(
  { mint }: { mint: Pick<Mint, 'hash'> },
  request: FastifyRequest,
  reply: FastifyReply,
  view: (result: Result) => unknown,
  create: (once: Once<Result> | undefined) => Promise<Result | Replay>,
  status: 200 | 201 | 202 = 201,
): Promise<FastifyReply> {
  // Of a large batch it is megabytes, so it is written and encoded once for the transaction and the client.
  let last: { result: Result; answer: Answer } | undefined
  const answer = (result: Result): Answer => {
    if (last?.result !== result) last = { result, answer: { status, body: Buffer.from(JSON.stringify(view(result))) } }
    return last.answer
  }
  const outcome = await create(onceOf(mint, request, answer))
  if (!isReplay(outcome)) return send(reply, answer(outcome))
  const first = firstAnswer(outcome)
  return send(reply.header('idempotency-replayed', 'true'), first)
}

function onceOf<Result>(
  mint: Pick<Mint, 'hash'>,
  request: FastifyRequest,
  answer: (result: Result) => Answer,
): Once<Result> | undefined {
  const { headers, method, routeOptions, params, body, principal } = request
  // The route's schema has seen it: once, and of visible ASCII.
  const key = headers['idempotency-key'] as string | undefined
  if (key === undefined) return undefined
  // Pattern and parameters rather than the path, which can be escaped in several ways.
  const fingerprint = () => mint.hash(canonicalJson([method, routeOptions.url, params, body]))
  return { scope: principal?.tenantId ?? operatorsScope, key, fingerprint, answer }
}

function firstAnswer({ replay }: Replay): Answer {
  if (replay === 'running')
    throw refused('idempotency_key_in_use', 'The first request with this key has not ended yet.')
  if (replay === 'reused') throw refused('idempotency_key_reused', 'The key came first with another address or body.')
  return replay
}

function refused(code: 'idempotency_key_in_use' | 'idempotency_key_reused', detail: string): AppError {
  return new AppError(code, detail, { errors: [{ pointer: '/headers/idempotency-key', code, detail }] })
}

function send(reply: FastifyReply, { status, body }: Answer): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send(body)
}
