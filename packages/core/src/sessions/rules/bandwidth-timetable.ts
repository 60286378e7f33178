import type { RequestError } from '../../kernel/rules/errors.ts'
import { checkPreferredHours, type HoursWindow, isOpen } from './preferred-hours.ts'

/** Times of the week in which another maximum holds; read as preferred hours are. */
export interface BandwidthWindow extends HoursWindow {
  /** IANA name. */
  timeZone: string
  /** null: no limit. */
  maximumBytesPerSecond: number | null
}

export interface SessionBandwidth {
  maximumBytesPerSecond: number | null
  bandwidthTimetable: readonly BandwidthWindow[]
}

/** The least that a maximum may be, bytes per second: at less, a file of a megabyte takes longer than a quarter of an hour. */
export const leastBytesPerSecond = 1024

/**
 * The most that a session's transfers may read together at that time. Bytes per second; null: no limit. A window that is open counts
 * in place of the session's own maximum; of several the smallest.
 */
export function sessionRate(
  { maximumBytesPerSecond, bandwidthTimetable }: SessionBandwidth,
  atMs: number,
): number | null {
  const open = bandwidthTimetable.filter((window) => isOpen({ timeZone: window.timeZone, windows: [window] }, atMs))
  if (open.length === 0) return maximumBytesPerSecond
  const limits = open.flatMap((window) => window.maximumBytesPerSecond ?? [])
  return limits.length === 0 ? null : Math.min(...limits)
}

/** As a client gives it: without a zone, by UTC. */
export type GivenBandwidthWindow = Omit<BandwidthWindow, 'timeZone'> & { timeZone?: string | undefined }

export function withTimeZones(timetable: readonly GivenBandwidthWindow[]): BandwidthWindow[] {
  return timetable.map((window) => ({ ...window, timeZone: window.timeZone ?? 'UTC' }))
}

/** The checks that a schema cannot make, as for preferred hours. Pointers are below `pointer`. */
export function checkBandwidthTimetable(timetable: readonly BandwidthWindow[], pointer: string): RequestError[] {
  return timetable.flatMap((window, index) =>
    checkPreferredHours({ timeZone: window.timeZone, windows: [window] }, '').map((error) => ({
      ...error,
      pointer: `${pointer}/${index}${error.pointer.replace('/windows/0', '')}`,
    })),
  )
}
