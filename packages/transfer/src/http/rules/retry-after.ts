const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const weekday = '(?:[a-z]{3,9},? )?'
const day = String.raw`(?<day>\d\d?)`
const month = '(?<month>[a-z]{3})'
const time = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`
/** GMT, or what servers write in its place. */
const zone = String.raw`(?:GMT|UTC?|(?<sign>[+-])(?<zoneHours>\d\d):?(?<zoneMinutes>\d\d))`
/**
 * The three forms of an HTTP-date that a recipient must take (RFC 9110 §5.6.7), the first two in one and as cookies and mail have them
 * too: in any case, without a weekday, with a day of one digit. The third may have a zone, as `date` writes it.
 */
const dateForms = [
  new RegExp(String.raw`^${weekday}${day}[ -]${month}[ -](?<year>\d{4}|\d\d) ${time} ${zone}$`, 'i'),
  new RegExp(String.raw`^${weekday}${month}  ?${day} ${time} (?:GMT |UTC? )?(?<year>\d{4})$`, 'i'),
]
/** What RFC 9111 §1.2.2 takes for more seconds than can be counted: 68 years. */
const mostSeconds = 2 ** 31
/** A date that has passed means now, unless it is so old that nothing of this day can be meant. */
const passedForMs = 86_400_000

/**
 * The seconds that a Retry-After field asks for (RFC 9110 §10.2.3), rounded up, and 2^31 at most; `nowMs` is the Unix time in
 * milliseconds. Read beyond the standard: a fraction of seconds, and a date in UTC or with an offset. 0: now.
 * Null for anything that is not a usable wish: no field, garbage, a negative number, a date that passed more than a day ago.
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | null {
  const text = value?.trim() ?? ''
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.min(Math.ceil(Number(text)), mostSeconds)
  const at = parseHttpDate(text, nowMs)
  if (at === null || at < nowMs - passedForMs) return null
  return Math.min(Math.max(Math.ceil((at - nowMs) / 1000), 0), mostSeconds)
}

function parseHttpDate(text: string, nowMs: number): number | null {
  const parts = dateForms.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined)
  if (parts === undefined) return null
  const year = parts.year ?? ''
  if (year.length === 4) return timeIn(Number(year), parts)
  // RFC 9110 §5.6.7: not more than 50 years ahead. Nor more than 50 behind, which matters at the end of a century alone.
  const now = new Date(nowMs)
  const thisYear = now.getUTCFullYear()
  const latest = new Date(nowMs).setUTCFullYear(thisYear + 50)
  const earliest = new Date(nowMs).setUTCFullYear(thisYear - 50)
  const ofCentury = thisYear - (thisYear % 100) + Number(year)
  const times = [ofCentury - 100, ofCentury, ofCentury + 100].map((each) => timeIn(each, parts))
  return times.find((at) => at !== null && at > earliest && at <= latest) ?? null
}

/** Null: there is no such day, or no such time. */
function timeIn(year: number, parts: Record<string, string | undefined>): number | null {
  const [day, hour, minute, second] = [parts.day, parts.hour, parts.minute, parts.second].map(Number)
  const month = months.indexOf(parts.month?.toLowerCase() ?? '')
  if (month < 0 || hour! > 23 || minute! > 59 || second! > 60) return null
  const at = new Date(0)
  at.setUTCFullYear(year, month, day)
  // A day that the month does not have would roll over into the next one.
  if (at.getUTCMonth() !== month) return null
  const zoneMinutes = Number(parts.zoneHours ?? 0) * 60 + Number(parts.zoneMinutes ?? 0)
  return at.setUTCHours(hour!, minute! - (parts.sign === '-' ? -zoneMinutes : zoneMinutes), second)
}
