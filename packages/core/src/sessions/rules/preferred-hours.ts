import type { RequestError } from '../../kernel/rules/errors.ts'
import { isTimeZone, wallClock } from './time-zone.ts'

export const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
type Weekday = (typeof weekdays)[number]

/** By the clocks of a place. Open from `from`, and no longer at `to`. */
export interface HoursWindow {
  /** On which it begins; absent: every day. */
  days?: Weekday[]
  /** HH:MM. */
  from: string
  /** HH:MM, 24:00 too; not behind `from`: on the next day. */
  to: string
}

/** When discretionary tasks may begin. */
export interface PreferredHours {
  /** IANA name. */
  timeZone: string
  windows: HoursWindow[]
}

const dayMs = 86_400_000
/** Clocks that go forward may skip a window once; the week after it is there. */
const daysAhead = 15

/**
 * The checks that a schema cannot make: that the zone exists, and that no window is empty. Pointers are below
 * `pointer`.
 */
export function checkPreferredHours({ timeZone, windows }: PreferredHours, pointer: string): RequestError[] {
  const errors: RequestError[] = []
  if (!isTimeZone(timeZone)) {
    const fix = 'Use a name of the IANA database, like Europe/Berlin.'
    errors.push({ pointer: `${pointer}/timeZone`, code: 'timeZone', detail: 'There is no such time zone.', fix })
  }
  windows.forEach(({ from, to }, index) => {
    if (from !== to) return
    const detail = 'The window ends when it begins, so it never opens.'
    errors.push({
      pointer: `${pointer}/windows/${index}/to`,
      code: 'neverOpens',
      detail,
      fix: 'For a day: 00:00 to 24:00.',
    })
  })
  return errors
}

export function isOpen({ timeZone, windows }: PreferredHours, atMs: number): boolean {
  const wall = wallClock(timeZone, atMs)
  const today = weekdayOf(wall)
  const minute = Math.floor((wall % dayMs) / 60_000)
  return windows.some(({ days = weekdays, from, to }) => {
    const [begins, ends] = [minutesOf(from), minutesOf(to)]
    const beganToday = days.includes(weekdays[today]!) && minute >= begins
    if (begins < ends) return beganToday && minute < ends
    return beganToday || (days.includes(weekdays[(today + 6) % 7]!) && minute < ends)
  })
}

/** The first moment, not before `fromMs`, at which it is open: `fromMs` itself when it is open then. */
export function nextOpening(hours: PreferredHours, fromMs: number): number {
  if (isOpen(hours, fromMs)) return fromMs
  const { timeZone, windows } = hours
  const midnight = Math.floor(wallClock(timeZone, fromMs) / dayMs) * dayMs
  const offsetAt = (ms: number) => wallClock(timeZone, ms) - ms
  let earliest = Number.POSITIVE_INFINITY
  const consider = (ms: number) => {
    if (ms > fromMs && ms < earliest && isOpen(hours, ms)) earliest = ms
  }
  // From the day before: where the clocks went back over midnight, yesterday comes again.
  for (let day = -1; day <= daysAhead; day++) {
    const date = midnight + day * dayMs
    // Later windows of this day or of later days cannot come before the one found.
    if (date - 2 * dayMs > earliest) break
    const [before, behind] = [date - dayMs, date + 2 * dayMs]
    const [old, young] = [offsetAt(before), offsetAt(behind)]
    for (const { from } of windows) {
      const wall = date + minutesOf(from) * 60_000
      consider(wall - old)
      if (young !== old) consider(wall - young)
    }
    // Clocks that jump into a window open it.
    if (young !== old) consider(changeOfClocks(offsetAt, before, behind))
  }
  // Hours that do not open in two weeks hold nothing back.
  return Number.isFinite(earliest) ? earliest : fromMs
}

/** When the offset that holds `before` ends. */
function changeOfClocks(offsetAt: (ms: number) => number, before: number, behind: number): number {
  const old = offsetAt(before)
  let [low, high] = [before, behind]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle) === old) low = middle
    else high = middle
  }
  return high
}

function weekdayOf(wall: number): number {
  return new Date(wall).getUTCDay()
}

function minutesOf(text: string): number {
  const [hours, minutes] = text.split(':').map(Number)
  return hours! * 60 + minutes!
}
