import {
  AuthenticationError,
  BackhaulError,
  ConflictError,
  InvalidRequestError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ServiceError,
  type Trouble,
} from '../errors.ts'
import { retryAfterMs } from '../rules/retry-after.ts'

const classes: Record<number, typeof BackhaulError> = {
  400: InvalidRequestError,
  401: AuthenticationError,
  403: PermissionError,
  404: NotFoundError,
  409: ConflictError,
  410: NotFoundError,
  422: InvalidRequestError,
  429: RateLimitError,
}

/** The error that a response stands for. `text` is its body. */
export function errorOfResponse(response: Response, text: string): BackhaulError {
  const { status, headers } = response
  const Class = classes[status] ?? (status >= 500 ? ServiceError : BackhaulError)
  const problem = problemIn(text) ?? unexpected(response, text)
  return new Class(problem, { retryAfterMs: retryAfterMs(headers.get('retry-after'), Date.now()) })
}

/** The error of a response that does not come from the service: a proxy's, or that of another server. */
export function unexpected({ status, url, headers }: Response, text: string): Trouble {
  const start = text.replaceAll(/\s+/g, ' ').slice(0, 100)
  return {
    code: 'unexpected_response',
    status,
    detail: `${status} from ${url.split('?')[0]}, and not as Backhaul answers: ${start || 'nothing'}`,
    fix: 'Look at baseUrl, and at what is between here and the service.',
    ...(headers.get('x-request-id') ? { requestId: headers.get('x-request-id')! } : {}),
  }
}

function problemIn(text: string): Trouble | null {
  try {
    const { code, detail } = JSON.parse(text) as Partial<Trouble>
    return code && detail ? (JSON.parse(text) as Trouble) : null
  } catch {
    return null
  }
}
