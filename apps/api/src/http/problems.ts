import {
  AppError,
  DatabaseUnavailable,
  type ProblemCode,
  problems,
  type RateLimit,
  type RequestError,
  rateLimitFields,
  StorageUnavailable,
} from '@backhaul/core'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { fixes } from './fixes.ts'
import { validationRefusal } from './validation.ts'

/** The Retry-After of a response while a dependency is down. */
const retryAfterSeconds = 5

/** The problem codes for refusals by Fastify itself. */
const refusals: Record<string, { code: ProblemCode; detail: string }> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'unsupported_media_type', detail: 'Send the body as application/json.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'invalid_request', detail: 'The body is not JSON, or has a forbidden key.' },
  FST_ERR_BAD_URL: { code: 'invalid_request', detail: 'The path is not valid: a percent sign must begin an escape.' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'not_found', detail: 'There is nothing at such a long path.' },
}

/** The refusal for any thrown value. An unexpected one becomes `internal`, whose text reveals nothing. */
function refusalOf(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (error instanceof DatabaseUnavailable || error instanceof StorageUnavailable) {
    return new AppError('unavailable', 'A part of the service is away. Nothing was changed; try again soon.')
  }
  const { code, statusCode, validation, validationContext } = error as Partial<FastifyError>
  if (validation) return validationRefusal(validation, validationContext ?? 'body')
  const known = code === undefined ? undefined : refusals[code]
  if (known) return new AppError(known.code, known.detail)
  if (statusCode === 416) return new AppError('range_not_satisfiable', 'The file has no such bytes.')
  if (statusCode === 412) return new AppError('precondition_failed', 'The file has another ETag or another date.')
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new AppError('invalid_request', 'The request could not be read.')
  }
  return new AppError('internal', 'The error was logged; the request id leads to it.')
}

/** A problem document (RFC 9457). `path` is without its query, which may hold anything; `base` is the service's URL for the client, '' when unknown. */
export function problemDocument(error: AppError, about: { requestId: string; path: string; base: string }) {
  const { status, title } = problems[error.code]
  return {
    type: `${about.base}/problems/${error.code}`,
    title,
    status,
    detail: error.message,
    instance: about.path,
    code: error.code,
    requestId: about.requestId,
    // With `errors`, each of them has a fix of its own.
    ...(error.errors.length > 0 ? { errors: error.errors.map(withFix) } : { fix: fixes[error.code] }),
    ...error.extensions,
  }
}

/** Fastify's error handler, for expected refusals and unexpected errors alike. */
export function createProblemHandler({ publicUrl }: { publicUrl: string | null }) {
  return function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const refusal = refusalOf(error)
    const { status } = problems[refusal.code]
    // Intended refusals, such as during shutdown, are not logged as errors.
    if (status >= 500 && error !== refusal) request.log.error({ event: 'request.failed', err: error }, 'request failed')
    if (status === 401) reply.header('www-authenticate', 'Bearer')
    const waitSeconds = refusal.retryAfterSeconds ?? (status === 503 ? retryAfterSeconds : null)
    if (waitSeconds !== null) reply.header('retry-after', waitSeconds)
    if (refusal.rateLimit) reply.headers(rateLimitFields(refusal.rateLimit, ...rateLimitsOf(request)))
    // A range outside the file is told the file's size (RFC 9110 §15.5.17).
    const contentRange = (error as { headers?: Record<string, string> }).headers?.['Content-Range']
    if (status === 416 && contentRange !== undefined) reply.header('content-range', contentRange)
    const about = { requestId: request.id, path: pathOf(request.url), base: publicUrl ?? ownBase(request) }
    void reply
      .code(status)
      .removeHeader('content-disposition')
      .removeHeader('content-encoding')
      .header('cache-control', 'no-store')
      .type('application/problem+json')
      .send(JSON.stringify(problemDocument(refusal, about)))
  }
}

/** That of the key; a request that could not be read has none. */
export function rateLimitsOf({ rateLimit }: Partial<Pick<FastifyRequest, 'rateLimit'>>): RateLimit[] {
  return rateLimit ? [rateLimit] : []
}

/** Adds the fix that belongs to the error's code, unless the check that found the error gave a better one. */
function withFix(fieldError: RequestError): RequestError {
  const { code, fix = code in fixes ? fixes[code as ProblemCode] : undefined } = fieldError
  return fix === undefined ? fieldError : { ...fieldError, fix }
}

/** The service's URL by the Host of the request, if it is a valid host. Only that client's response contains it. */
function ownBase({ protocol, host }: FastifyRequest): string {
  return /^[A-Za-z0-9._[\]:-]{1,255}$/.test(host ?? '') ? `${protocol}://${host}` : ''
}

export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url
}
