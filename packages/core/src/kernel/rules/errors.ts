import type { RateLimit } from './rate-limit.ts'

/** Every refusal the service can give: its code, HTTP status and title. Nowhere else is a status written. */
export const problems = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  unauthorized: { status: 401, title: 'A valid API key is required' },
  forbidden: { status: 403, title: 'The API key may not do this' },
  cross_site_request: { status: 403, title: 'The request comes from another site' },
  tenant_suspended: { status: 403, title: 'The tenant is suspended' },
  not_found: { status: 404, title: 'There is no such thing' },
  method_not_allowed: { status: 405, title: 'This address does not take that method' },
  configuration_mismatch: { status: 409, title: 'The session exists with another configuration' },
  session_invalidated: { status: 409, title: 'The session takes no new tasks' },
  wake_closed: { status: 409, title: 'The wake has been completed' },
  wake_expired: { status: 409, title: 'The wake has expired' },
  task_already_ended: { status: 409, title: 'The task has already ended' },
  task_not_ended: { status: 409, title: 'The task has not ended yet' },
  task_already_completed: { status: 409, title: 'The task has completed' },
  file_not_available: { status: 409, title: 'The task has no file' },
  receipt_not_available: { status: 409, title: 'Only a completed task has a receipt' },
  file_key_taken: { status: 409, title: 'Another file is already at that key' },
  endpoint_disabled: { status: 409, title: 'The endpoint is disabled' },
  too_many_secrets: { status: 409, title: 'The endpoint signs with as many secrets as it may' },
  decision_over: { status: 409, title: 'The question is settled, or its time is over' },
  endpoint_not_a_stream: { status: 409, title: 'The endpoint is called at its URL' },
  delivery_not_awaited: { status: 409, title: 'Nobody waits for an answer to this delivery' },
  endpoint_in_use: { status: 409, title: 'A session still delivers to this endpoint' },
  last_admin_key: { status: 409, title: 'It is the last living key with the scope "admin"' },
  api_key_ended: { status: 409, title: 'The API key has ended or been replaced' },
  tenant_deleting: { status: 409, title: 'The tenant is being deleted' },
  recovery_running: { status: 409, title: 'A recovery of this endpoint is still running' },
  idempotency_key_in_use: { status: 409, title: 'A request with this idempotency key is still running' },
  task_gone: { status: 410, title: 'The task is not kept any more' },
  file_gone: { status: 410, title: 'The file has been released' },
  link_expired: { status: 410, title: 'The link has expired' },
  request_timeout: { status: 408, title: 'The request did not arrive in time' },
  precondition_failed: { status: 412, title: 'The file is not the one that was asked for' },
  body_too_large: { status: 413, title: 'The request body is too large' },
  unsupported_media_type: { status: 415, title: 'The request body must be application/json' },
  range_not_satisfiable: { status: 416, title: 'The range lies outside the file' },
  delegate_required: { status: 422, title: 'A session needs a delegate' },
  unsupported_url: { status: 422, title: 'This URL cannot be used' },
  destination_denied: { status: 422, title: 'The destination is not allowed' },
  forbidden_header: { status: 422, title: 'A request header is not allowed' },
  invalid_secret: { status: 422, title: 'The signing secret cannot be used' },
  invalid_completion_token: { status: 422, title: 'The completion token is not the one of this wake' },
  invalid_resume_data: { status: 422, title: 'The resume data cannot be used' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key was used for another request' },
  foreground_rate_limited: { status: 429, title: 'The client came to the foreground too often' },
  rate_limited: { status: 429, title: 'Too many requests, or too many wrong tokens, within a minute' },
  quota_exceeded: { status: 429, title: 'The tenant has as many of these as it may' },
  headers_too_large: { status: 431, title: 'The request headers are too large' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'The service is not available right now' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemCode = keyof typeof problems

/** One error of a request: where it is (JSON pointer, RFC 6901), what it is, and how to fix it. */
export interface RequestError {
  pointer: string
  code: string
  detail: string
  fix?: string
}

/** The most errors of one request that are reported. Checks stop there. */
export const maxReportedErrors = 100

/** All of them in one sentence. */
export function summaryOf(errors: readonly RequestError[]): string {
  if (errors.length === 1) return errors[0]!.detail
  if (errors.length <= maxReportedErrors) return `${errors.length} errors`
  return `more than ${maxReportedErrors} errors, of which the first ${maxReportedErrors} are listed`
}

/** A refusal with a row in {@link problems}. `detail` is shown to the client, so it must not leak anything. */
export class AppError extends Error {
  readonly code: ProblemCode
  /** {@link maxReportedErrors} of them at most. */
  readonly errors: RequestError[]
  /** Members added to the problem document (RFC 9457 §3.2). */
  readonly extensions: Record<string, unknown>
  /** When it makes sense to ask again (RFC 9110 §10.2.3); null: that is not known. */
  readonly retryAfterSeconds: number | null
  /** The quota that is used up, if that is why. */
  readonly rateLimit: RateLimit | null
  constructor(
    code: ProblemCode,
    detail: string,
    more: {
      errors?: RequestError[]
      extensions?: Record<string, unknown>
      retryAfterSeconds?: number
      rateLimit?: RateLimit
    } = {},
  ) {
    super(detail)
    this.name = 'AppError'
    this.code = code
    this.errors = more.errors?.slice(0, maxReportedErrors) ?? []
    this.extensions = more.extensions ?? {}
    this.retryAfterSeconds = more.retryAfterSeconds ?? null
    this.rateLimit = more.rateLimit ?? null
  }
}

/** The kinds of things that clients address by an id or a name. */
type Thing =
  | 'delivery'
  | 'endpoint'
  | 'event'
  | 'key'
  | 'link'
  | 'page'
  | 'problem'
  | 'recovery'
  | 'session'
  | 'task'
  | 'tenant'
  | 'thing'
  | 'wake'
  | 'worker'

export function notFound(thing: Thing): AppError {
  return new AppError('not_found', `There is no such ${thing}.`)
}

/** The row that a store has found. Throws `not_found` for null. */
export function found<Value>(thing: Thing, value: Value | null): Value {
  if (value === null) throw notFound(thing)
  return value
}
