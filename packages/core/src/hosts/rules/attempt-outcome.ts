import type { Transaction } from '@backhaul/transfer/rules'
import type { TaskErrorName } from '../../tasks/rules/task-error.ts'
import type { HostOutcome, HostScheme } from './host-health.ts'

/** What says that nobody is there, as long as it comes before any answer. Not `dnsLookupFailed`, which may be our own trouble. */
const connectionErrors: readonly TaskErrorName[] = [
  'cannotFindHost',
  'cannotConnectToHost',
  'networkConnectionLost',
  'timedOut',
  'secureConnectionFailed',
  'serverCertificateHasBadDate',
  'serverCertificateUntrusted',
  'serverCertificateHasUnknownRoot',
  'serverCertificateNotYetValid',
]

/** An idle timeout below this many seconds says nothing of the host when it passes. */
const honestPatienceSeconds = 30

export interface HostAttempt {
  /** Of the task's URL. */
  host: string
  /** The same. */
  scheme: HostScheme
  errorName: TaskErrorName
  status?: number | undefined
  retryAfterSeconds?: number | undefined
  /** The attempt's own requests: one for every hop. */
  hops: readonly Pick<Transaction, 'url' | 'status'>[]
  /** How long the client lets the host be silent. */
  patienceSeconds: number
}

/**
 * What a failed attempt says of the host that the task names; undefined: nothing. Only what that very host did counts, so that
 * a redirect to another place, a path that is broken or a client without patience does not close it for everybody.
 */
export function hostOutcome(attempt: HostAttempt): HostOutcome | undefined {
  const { host, scheme, errorName, status, hops } = attempt
  const first = hops[0]
  const last = hops.at(-1)
  if (asksForTime(status) && (last === undefined || new URL(last.url).host === host)) {
    return { kind: 'slowDown', status, retryAfterSeconds: attempt.retryAfterSeconds ?? null }
  }
  if (status !== undefined || (first && first.status !== null)) return { kind: 'answered' }
  if (!connectionErrors.includes(errorName)) return undefined
  if (errorName === 'timedOut' && attempt.patienceSeconds < honestPatienceSeconds) return undefined
  return { kind: 'unreachable', errorName, scheme }
}

/** What a stored answer says of its host: with `httpStatusPolicy: "deliver"` it may be any. */
export function deliveredOutcome(status: number): HostOutcome | undefined {
  return asksForTime(status) ? undefined : { kind: 'answered' }
}

function asksForTime(status: number | undefined): status is 429 | 503 {
  return status === 429 || status === 503
}
