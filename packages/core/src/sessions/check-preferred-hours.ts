import { AppError, type RequestError } from '../kernel/rules/errors.ts'
import { type BandwidthWindow, checkBandwidthTimetable } from './rules/bandwidth-timetable.ts'
import { checkPreferredHours, type PreferredHours } from './rules/preferred-hours.ts'

/** Throws `invalid_request` with every error of the hours, whose shape is already checked. */
export function refuseBadHours(hours: PreferredHours | null | undefined, pointer: string): void {
  refuse(hours ? checkPreferredHours(hours, pointer) : [])
}

/** Throws `invalid_request` with every error of the timetable, whose shape is already checked. */
export function refuseBadTimetable(timetable: readonly BandwidthWindow[], pointer: string): void {
  refuse(checkBandwidthTimetable(timetable, pointer))
}

function refuse(errors: RequestError[]): void {
  const [first] = errors
  if (first) throw new AppError('invalid_request', first.detail, { errors })
}
