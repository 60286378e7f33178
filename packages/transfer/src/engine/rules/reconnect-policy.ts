import type { TransferErrorName } from '../../http/rules/transfer-error.ts'

/**
 * When a download goes on over another connection after one has broken, within the same attempt. As long as bytes come it goes
 * on, so that an origin that never sends a whole part still gives its file; connections that bring none or few are counted.
 */
export interface ReconnectPolicy {
  /** A connection that brings as many bytes has been worth it. */
  enoughBytes: number
  /** The most connections in a row that bring fewer. */
  maxPoor: number
  /** The most connections in a row that bring nothing. */
  maxVain: number
  /** The pause after a connection that was worth it. */
  pauseMs: number
  /** The first pause after one that was not. It doubles with each further one. */
  poorPauseMs: number
  maxPauseMs: number
}

export const defaultReconnectPolicy: ReconnectPolicy = {
  enoughBytes: 64 * 1024,
  maxPoor: 16,
  maxVain: 3,
  pauseMs: 50,
  poorPauseMs: 100,
  maxPauseMs: 2_000,
}

/** The breaks of one run, or of one body. */
interface Breaks {
  /** Some connection has brought bytes. */
  hasGained: boolean
  /** Connections in a row that brought too few bytes. */
  poor: number
  /** Connections in a row that brought none. */
  vain: number
}

export const noBreaks: Breaks = { hasGained: false, poor: 0, vain: 0 }

/** What follows a connection that broke after `gainedBytes`: a pause before the next one, or null: the break counts. */
export function afterBreak(
  policy: ReconnectPolicy,
  breaks: Breaks,
  gainedBytes: number,
): { breaks: Breaks; pauseMs: number } | null {
  if (gainedBytes >= policy.enoughBytes)
    return { breaks: { hasGained: true, poor: 0, vain: 0 }, pauseMs: policy.pauseMs }
  const hasGained = breaks.hasGained || gainedBytes > 0
  const poor = breaks.poor + 1
  const vain = gainedBytes > 0 ? 0 : breaks.vain + 1
  if (!hasGained || poor > policy.maxPoor || vain > policy.maxVain) return null
  const pauseMs = Math.min(policy.poorPauseMs * 2 ** (poor - 1), policy.maxPauseMs)
  return { breaks: { hasGained, poor, vain }, pauseMs }
}

/** The failures after which another connection may help. */
const breakNames: ReadonlySet<TransferErrorName> = new Set([
  'networkConnectionLost',
  'timedOut',
  'cannotConnectToHost',
  'cannotFindHost',
  'dnsLookupFailed',
])
/** Statuses of servers that are busy or just starting. */
const busyStatuses: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

export function isBreak(failure: TransferErrorName): boolean {
  return breakNames.has(failure)
}

export function isBusy(status: number): boolean {
  return busyStatuses.has(status)
}
