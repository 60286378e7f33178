import type { Problem } from './generated/types.ts'
import type { Failure } from './rules/retry-policy.ts'

/** A code of the service, or what happened when the service did not get to say one. */
export type ErrorCode = Problem['code'] | 'connection_failed' | 'timeout' | 'unexpected_response' | 'file_damaged'

/** What an error consists of: a problem document (RFC 9457), or as much as is known without one. */
export type Trouble = Pick<Problem, 'status' | 'detail'> & { code: ErrorCode } & Partial<Omit<Problem, 'code'>>

/**
 * A call that did not succeed. `code` says why and never changes its meaning; `message` is for people, `fix` says what to do. There are
 * classes for what programs tell apart: `error instanceof NotFoundError`.
 */
export class BackhaulError extends Error implements Failure {
  readonly code: ErrorCode
  /** The HTTP status; 0: there was no response. */
  readonly status: number
  /** For support, and for looking into the service's logs; null: it did not give one. */
  readonly requestId: string | null
  /** Every error of the request, each with a JSON pointer. */
  readonly errors: NonNullable<Problem['errors']>
  /** What to do about it; null: `errors` say so. */
  readonly fix: string | null
  /** How long to wait before asking again, in milliseconds; null: that is not known. */
  readonly retryAfterMs: number | null
  /** The whole problem document, with what only some codes have (`differences`, `violated`). */
  readonly problem: Trouble
  constructor(problem: Trouble, more: { retryAfterMs?: number | null; cause?: unknown } = {}) {
    super(problem.detail, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = new.target.className
    this.code = problem.code
    this.status = problem.status
    this.requestId = problem.requestId ?? null
    this.errors = problem.errors ?? []
    this.fix = problem.fix ?? null
    this.retryAfterMs = more.retryAfterMs ?? null
    this.problem = problem
  }
  /** Survives minifiers, unlike the name of a class. */
  protected static readonly className: string = 'BackhaulError'
}

/** There was no response, or not in time: the request may have taken effect or not. */
export class ConnectionError extends BackhaulError {
  protected static override readonly className = 'ConnectionError'
}
/** 400 and 422: the request will never succeed as it is; `errors` say what is wrong. */
export class InvalidRequestError extends BackhaulError {
  protected static override readonly className = 'InvalidRequestError'
}
/** 401: there is no such key, or it has ended. */
export class AuthenticationError extends BackhaulError {
  protected static override readonly className = 'AuthenticationError'
}
/** 403: the key may not do this. */
export class PermissionError extends BackhaulError {
  protected static override readonly className = 'PermissionError'
}
/** 404 and 410: it is not there, or not there any more. */
export class NotFoundError extends BackhaulError {
  protected static override readonly className = 'NotFoundError'
}
/** 409: what it asks for does not go with the state of things. */
export class ConflictError extends BackhaulError {
  protected static override readonly className = 'ConflictError'
}
/** 429: too many requests, or a quota is used up. */
export class RateLimitError extends BackhaulError {
  protected static override readonly className = 'RateLimitError'
}
/** 5xx: the service, or what is in front of it, has a problem of its own. */
export class ServiceError extends BackhaulError {
  protected static override readonly className = 'ServiceError'
}
