import type { Checksums } from '@backhaul/transfer/rules'
import type { Task } from '../../tasks/rules/task.ts'

/** The `typ` of a receipt's header: it says what was signed, so that nothing else passes for a receipt (RFC 8725 §3.11). */
export const receiptType = 'backhaul-receipt+jwt'

/**
 * The claims of a receipt (RFC 7519 §4), under the names that the task has for them. Times are RFC 3339 but for `iat`,
 * sizes bytes.
 */
interface ReceiptClaims {
  /** The service's address. Left out when it is not known: an issuer is a text or absent (RFC 7519 §4.1.1). */
  iss?: string
  /** The task's id. */
  sub: string
  /** When the task ended, in seconds since 1970: a receipt asked for later is the same one. */
  iat: number
  tenantId: string
  sessionIdentifier: string
  /** As the client gave it, without its query. */
  url: string
  /** The URL of the final response: after redirects, and after a new request if there was one. Without its query. */
  finalUrl: string
  response: { status: number; etag: string | null; lastModified: string | null }
  /** As it was stored, even if it has been moved or removed since. */
  file: { bytes: number; checksums: Checksums }
  createdAt: string
  beganAt: string | null
  endedAt: string
}

/** Only what never changes once the task has ended. Null: it has not completed. */
export function receiptClaims(task: Task, issuer: string | null): ReceiptClaims | null {
  const { state, response, file, endedAt } = task
  if (state !== 'completed' || response === null || file === null || endedAt === null) return null
  return {
    ...(issuer === null ? {} : { iss: issuer }),
    sub: task.id,
    iat: Math.floor(endedAt.getTime() / 1000),
    tenantId: task.tenantId,
    sessionIdentifier: task.sessionIdentifier,
    url: wholeWithoutQuery((task.originalRequest ?? task.request).url),
    finalUrl: wholeWithoutQuery(task.currentUrl ?? task.request.url),
    response: { status: response.status, etag: response.etag, lastModified: response.lastModified },
    file: { bytes: file.bytes, checksums: file.checksums },
    createdAt: task.createdAt.toISOString(),
    beganAt: task.beganAt?.toISOString() ?? null,
    endedAt: endedAt.toISOString(),
  }
}

/** A query may hold credentials. Nothing else is cut: half a path would prove another file. */
function wholeWithoutQuery(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}
