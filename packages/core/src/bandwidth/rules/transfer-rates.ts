import { type SessionBandwidth, sessionRate } from '../../sessions/rules/bandwidth-timetable.ts'

/** The limits of a transfer as its worker was told last. */
export interface LimitsNow {
  /** Of the tenant and the task; bytes per second, null: none. */
  tenantBytesPerSecond: number | null
  taskBytesPerSecond: number | null
  /** By the database's clock, Unix milliseconds. */
  atMs: number
}

/** The maxima of a transfer, of which all hold; bytes per second, null: none. */
export interface TransferRates {
  tenant: number | null
  session: number | null
  task: number | null
}

export function transferRates(
  session: SessionBandwidth,
  { tenantBytesPerSecond, taskBytesPerSecond, atMs }: LimitsNow,
): TransferRates {
  return { tenant: tenantBytesPerSecond, session: sessionRate(session, atMs), task: taskBytesPerSecond }
}

/** The part of its time above which a transfer that was held back says nothing about its host. */
const tellingBelow = 0.05

/**
 * Whether a transfer's rate was its pace's rather than its host's: it waited, or came near to the maximum, as it does without a wait in
 * a busy process.
 */
export function wasHeldBack(
  pace: { heldBackMs: number; bytesPerSecond: number },
  transfer: { durationMs: number; bytesPerSecond: number },
): boolean {
  return pace.heldBackMs > transfer.durationMs * tellingBelow || transfer.bytesPerSecond > pace.bytesPerSecond / 2
}
