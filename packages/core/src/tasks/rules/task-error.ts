import type { TransferErrorName } from '@backhaul/transfer/rules'
import type { ResumeDataUnavailableReason } from './resume-data-unavailable.ts'

/**
 * How long a failed attempt is worth repeating (product rule):
 * permanent: never; suspect: five attempts, so that a typing error, and what cannot get better, is reported in minutes; transient: until
 * the deadline.
 */
export type RetryClass = 'permanent' | 'suspect' | 'transient'

const apple = 'NSURLErrorDomain'
const own = 'BackhaulErrorDomain'

/**
 * The errors of tasks: those of transfers, and more. Apple's numbers and names (NSURLError.h) where they fit, our own
 * in snake_case.
 */
export const taskErrors = {
  cancelled: { domain: apple, code: -999, class: 'permanent' },
  timedOut: { domain: apple, code: -1001, class: 'transient' },
  unsupportedURL: { domain: apple, code: -1002, class: 'permanent' },
  cannotFindHost: { domain: apple, code: -1003, class: 'suspect' },
  cannotConnectToHost: { domain: apple, code: -1004, class: 'suspect' },
  networkConnectionLost: { domain: apple, code: -1005, class: 'transient' },
  dnsLookupFailed: { domain: apple, code: -1006, class: 'transient' },
  httpTooManyRedirects: { domain: apple, code: -1007, class: 'permanent' },
  /** A redirect without a usable Location. Some origins send one by mistake, once. */
  redirectToNonExistentLocation: { domain: apple, code: -1010, class: 'suspect' },
  /** An error status; its class is the status's (see retry-policy.ts). */
  badServerResponse: { domain: apple, code: -1011, class: 'transient' },
  userAuthenticationRequired: { domain: apple, code: -1013, class: 'permanent' },
  /** The body is not in the content coding that was to be decoded. Servers have cut or spoiled one once. */
  cannotDecodeContentData: { domain: apple, code: -1016, class: 'suspect' },
  /** An answer that is not HTTP, or is ambiguous. */
  cannotParseResponse: { domain: apple, code: -1017, class: 'suspect' },
  fileDoesNotExist: { domain: apple, code: -1100, class: 'permanent' },
  noPermissionsToReadFile: { domain: apple, code: -1102, class: 'permanent' },
  dataLengthExceedsMaximum: { domain: apple, code: -1103, class: 'permanent' },
  secureConnectionFailed: { domain: apple, code: -1200, class: 'suspect' },
  serverCertificateHasBadDate: { domain: apple, code: -1201, class: 'suspect' },
  serverCertificateUntrusted: { domain: apple, code: -1202, class: 'suspect' },
  serverCertificateHasUnknownRoot: { domain: apple, code: -1203, class: 'suspect' },
  serverCertificateNotYetValid: { domain: apple, code: -1204, class: 'suspect' },
  /** The host wants a certificate of the client, and there is none. */
  clientCertificateRequired: { domain: apple, code: -1206, class: 'suspect' },
  /** An address, name or hop the egress guard refuses. The detail never names the address. */
  destination_denied: { domain: own, code: 1, class: 'permanent' },
  /** The bytes are not those the client or the origin declared. */
  checksum_mismatch: { domain: own, code: 2, class: 'permanent' },
  length_mismatch: { domain: own, code: 3, class: 'permanent' },
  mime_type_mismatch: { domain: own, code: 4, class: 'permanent' },
  /** timeoutIntervalForResource has passed before the task could finish. */
  deadline_exceeded: { domain: apple, code: -1001, class: 'permanent' },
} as const satisfies Record<
  TransferErrorName | 'deadline_exceeded',
  { domain: string; code: number; class: RetryClass }
>

export type TaskErrorName = keyof typeof taskErrors

/** As it is stored. */
export interface TaskError {
  domain: string
  code: number
  name: string
  retriable: boolean
  detail: string
  /** Why nothing was kept of a failed task. */
  resumeDataUnavailableReason?: ResumeDataUnavailableReason
}

/** The error as the client sees it. `deadline_exceeded` is Apple's timedOut. */
export function taskError(name: TaskErrorName, detail: string, retriable: boolean): TaskError {
  const { domain, code } = taskErrors[name]
  return { domain, code, name: name === 'deadline_exceeded' ? 'timedOut' : name, retriable, detail }
}

/** What is known of a task whose deadline has come. */
export interface LateTask {
  /** The error of the last attempt that failed. */
  last: Pick<TaskError, 'name' | 'detail'> | null
  /** An attempt has been made, or is being made. */
  hasBegun: boolean
  /** An attempt is being made. */
  isRunning: boolean
  bytesReceived: number
  /** Why its host is left alone; null: it is not. */
  hostReason: string | null
}

/** The resource's deadline says nothing of the cause. What the task was about, or waited for, does. */
export function deadlineDetail(detail: string, late: LateTask): string {
  const { last, hasBegun, isRunning, bytesReceived, hostReason } = late
  if (last !== null) return `${detail}; the last attempt to fail: ${last.name}, ${last.detail}`
  if (isRunning) return `${detail}; it was still being received, with ${bytesReceived} bytes so far`
  const why = hostReason === null ? '' : `, because its host is left alone: ${hostReason}`
  return hasBegun
    ? `${detail}; it was interrupted, with ${bytesReceived} bytes received, and has not gone on${why}`
    : `${detail}; it has not begun${why}`
}
