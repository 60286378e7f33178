import type { TransferErrorName } from '../../http/rules/transfer-error.ts'

/** The number of connections that a download uses. It is decided anew with every measurement. */
export interface Growth {
  connections: number
  /** Bytes per second with one connection fewer; null: there was always one. */
  before: number | null
  /** True: one more did not help, or the origin refused it. */
  settled: boolean
}

/**
 * The most connections, by attempt. Servers block download managers that use more than six. A download that was interrupted will
 * probably be interrupted again, which loses the parts on their way, so later attempts have fewer.
 */
const connectionsByAttempt = [6, 3, 2] as const
/** Parts of the file for each connection, times the attempt. With fewer, crashes would cost a good part of the file. */
const partsPerConnection = 12
/** From this number of parts on, one more part on its way costs next to nothing in a crash. */
const partsToOverlap = 24
/** The factor by which a further connection must raise the rate to be worth it. */
const worthIt = 1.1

export const startGrowth: Growth = { connections: 1, before: null, settled: false }

interface Measurement {
  /** The rate with the present connections. */
  bytesPerSecond: number
  /** The time to the end of the file at this rate. */
  remainingSeconds: number
}

/** The properties of a download that limit its connections. */
interface DownloadProfile {
  /** Parts of the whole file. */
  parts: number
  /** 1 when the download has not been interrupted. */
  attempt: number
}

export function mostConnections({ parts, attempt }: DownloadProfile): number {
  const most = connectionsByAttempt[attempt - 1] ?? connectionsByAttempt.at(-1)!
  return Math.max(1, Math.min(most, Math.ceil(parts / (partsPerConnection * attempt))))
}

/**
 * Whether each of `connections` connections continues with the next part while storage confirms the one before, rather than
 * pausing. It may as long as no more parts are on their way than there may be connections. `isOnly`: there will be no other.
 */
export function mayOverlapParts(profile: DownloadProfile, connections: number, isOnly: boolean): boolean {
  const { parts, attempt } = profile
  return isOnly || (attempt === 1 && parts >= partsToOverlap) || 2 * connections <= mostConnections(profile)
}

/** Whether a failure to open one more connection may be meant for that connection alone. */
export function refusesConnection(failure: TransferErrorName): boolean {
  return failure === 'networkConnectionLost' || failure === 'cannotConnectToHost' || failure === 'timedOut'
}

/** What a pace did in the time of a measurement. */
export interface HeldBack {
  /** Of `elapsedMs`, connections waited for so long; and whether one waits now. */
  heldBackMs: number
  elapsedMs: number
  isWaiting: boolean
  /** The rate that was measured, and that of the pace. */
  bytesPerSecond: number
  paceBytesPerSecond: number
}

/**
 * Whether it was the pace that bounded the rate. Then another connection would bring nothing, and what was measured says nothing about
 * the number of connections. In a busy process nobody waits, because bytes have accrued whenever it comes round to ask for some.
 */
export function isPaceBinding(held: HeldBack): boolean {
  const isNear = held.bytesPerSecond > held.paceBytesPerSecond / 2
  return held.isWaiting || isNear || held.heldBackMs > held.elapsedMs / 4
}

/** Whether to add a connection. A download that ends within a second gets none, and a rate of 0 says nothing yet. */
export function grow(growth: Growth, measured: Measurement, most: number): { add: boolean; growth: Growth } {
  const { connections, before, settled } = growth
  const { bytesPerSecond, remainingSeconds } = measured
  // Nothing has come since the last measurement: neither a rate to compare with, nor the fault of the newest connection.
  if (bytesPerSecond === 0) return { add: false, growth }
  const helped = before === null || bytesPerSecond >= before * worthIt
  if (settled || !helped) return { add: false, growth: { ...growth, settled: true } }
  if (connections >= most || remainingSeconds < 1) return { add: false, growth }
  return { add: true, growth: { connections: connections + 1, before: bytesPerSecond, settled: false } }
}
