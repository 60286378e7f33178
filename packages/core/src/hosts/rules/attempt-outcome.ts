import type { Transaction } from '@backhaul/transfer/rules'
import type { TaskErrorName } from '../../tasks/rules/task-error.ts'
import type { HostOutcome, HostScheme } from './host-health.ts'

/**
 * Errors that show an unreachable host, if they come before any response. Not `dnsLookupFailed`, which may be our own
 * resolver's.
 */
const connectionErrors: readonly TaskErrorName[] = [
  'cannotFindHost',
  'cannotConnectToHost',
  'networkConnectionLost',
  'timedOut',
  'serverCertificateHasBadDate',
  'serverCertificateUntrusted',
  'serverCertificateHasUnknownRoot',
  'serverCertificateNotYetValid',
]

/** Errors with which the host has answered, though not with a response: bytes that are no HTTP, or a refusal of TLS. */
const answers: readonly TaskErrorName[] = ['cannotParseResponse', 'secureConnectionFailed', 'clientCertificateRequired']

/** An idle timeout below this many seconds says nothing of the host when it passes. */
const honestPatienceSeconds = 30

export interface HostAttempt {
  /** Host of the task's URL. */
  host: string
  /** Scheme of the task's URL. */
  scheme: HostScheme
  errorName: TaskErrorName
  status?: number | undefined
  retryAfterSeconds?: number | undefined
  /** The attempt's own requests: one for every hop. */
  hops: readonly Pick<Transaction, 'url' | 'status'>[]
  /** The client's idle timeout. */
  patienceSeconds: number
}

/**
 * The outcome of a failed attempt for the host that the task names; undefined: nothing follows. Only responses and
 * failures of that very host count, so that a redirect elsewhere, a broken path or a client with a short timeout does
 * not close it for all.
 */
export function hostOutcome(attempt: HostAttempt): HostOutcome | undefined {
  const { host, scheme, errorName, status, hops } = attempt
  const first = hops[0]
  const last = hops.at(-1)
  if (asksForTime(status) && (last === undefined || new URL(last.url).host === host)) {
    return { kind: 'slowDown', status, retryAfterSeconds: attempt.retryAfterSeconds ?? null }
  }
  if (status !== undefined || (first && first.status !== null) || answers.includes(errorName)) {
    return { kind: 'answered' }
  }
  if (!connectionErrors.includes(errorName)) return undefined
  if (errorName === 'timedOut' && attempt.patienceSeconds < honestPatienceSeconds) return undefined
  return { kind: 'unreachable', errorName, scheme }
}

/** The outcome of a stored response for its host: with `httpStatusPolicy: "deliver"` it may have any status. */
export function deliveredOutcome(status: number): HostOutcome | undefined {
  return asksForTime(status) ? undefined : { kind: 'answered' }
}

/**
 * The outcome of an attempt that is given back uncharged, because storage did not keep the bytes or the worker stops; undefined: nothing follows.
 * The newest response of the host itself counts, whatever has become of its body. Otherwise a host whose circuit is open would not close it for as
 * long as storage is away.
 */
export function givenBackOutcome(host: string, hops: HostAttempt['hops']): HostOutcome | undefined {
  const newest = hops.findLast(({ url, status }) => status !== null && new URL(url).host === host)
  return newest && deliveredOutcome(newest.status!)
}

function asksForTime(status: number | undefined): status is 429 | 503 {
  return status === 429 || status === 503
}
