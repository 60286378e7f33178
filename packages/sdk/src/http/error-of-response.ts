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
  const problem = problemIn(text, status) ?? unexpected(response, text)
  // A date is one of the service's clock, which may differ from ours.
  const nowMs = Date.parse(headers.get('date') ?? '') || Date.now()
  return new Class(problem, { retryAfterMs: retryAfterMs(headers.get('retry-after'), nowMs) })
}

/** The error of a response that does not come from the service: a proxy's, or that of another server. */
export function unexpected({ status, url, headers }: Response, text: string): Trouble {
  const start = text.replaceAll(/\s+/g, ' ').slice(0, 100)
  const asked = url.split('?')[0]!
  const location = status > 299 && status < 400 ? headers.get('location') : null
  return {
    code: 'unexpected_response',
    status,
    ...(location
      ? {
          detail: `${addressIn(asked)} redirects to ${addressIn(location)}`,
          fix: 'Calls are not redirected: if that is the service, give it as baseUrl.',
        }
      : {
          detail: `${status} from ${asked}, and not as Backhaul answers: ${start || 'nothing'}`,
          fix: 'Look at baseUrl, and at what is between here and the service.',
        }),
    ...(headers.get('x-request-id') ? { requestId: headers.get('x-request-id')! } : {}),
  }
}

/** What would be `baseUrl`, of the URL of a call. */
function addressIn(url: string): string {
  return url.replace(/(\/v1\/|\?).*/s, '')
}

function problemIn(text: string, status: number): Trouble | null {
  try {
    const problem = JSON.parse(text) as Trouble
    const { code, detail, errors = [] } = problem
    const isOne = code && typeof code === 'string' && typeof detail === 'string' && Array.isArray(errors)
    return isOne ? { ...problem, status } : null
  } catch {
    return null
  }
}
