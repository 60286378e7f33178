const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const time = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`
/** GMT, or what servers write in its place. */
const zone = String.raw`(?:GMT|UTC?|(?<sign>[+-])(?<zoneHours>\d\d):?(?<zoneMinutes>\d\d))`
/** The three forms of an HTTP-date that a recipient must take (RFC 9110 §5.6.7), the first one as mail has it too (RFC 5322 §3.3). */
const dateForms = [
  new RegExp(String.raw`^(?:\w{3}, )?(?<day>\d\d?) (?<month>\w{3}) (?<year>\d{4}) ${time} ${zone}$`),
  new RegExp(String.raw`^\w{6,9}, (?<day>\d\d)-(?<month>\w{3})-(?<year>\d\d) ${time} ${zone}$`),
  new RegExp(String.raw`^\w{3} (?<month>\w{3}) (?<day>[ \d]\d) ${time} (?<year>\d{4})$`),
]

/**
 * The seconds that a Retry-After field asks for (RFC 9110 §10.2.3), rounded up; `nowMs` is the Unix time in milliseconds. Read
 * beyond the standard: a fraction of seconds, and a date in UTC or with an offset.
 * Null for anything that is not a usable wish: no field, garbage, a negative or absurdly large number, a date that has passed.
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | null {
  const text = value?.trim() ?? ''
  if (/^\d+(?:\.\d+)?$/.test(text)) {
    const seconds = Math.ceil(Number(text))
    return Number.isSafeInteger(seconds) ? seconds : null
  }
  const at = parseHttpDate(text, nowMs)
  return at === null || at <= nowMs ? null : Math.ceil((at - nowMs) / 1000)
}

function parseHttpDate(text: string, nowMs: number): number | null {
  const parts = dateForms.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined)
  if (parts === undefined) return null
  const [day, hour, minute, second] = [parts.day, parts.hour, parts.minute, parts.second].map(Number)
  const month = months.indexOf(parts.month ?? '')
  const year = fullYear(parts.year ?? '', nowMs)
  if (month < 0 || hour! > 23 || minute! > 59 || second! > 60) return null
  const at = new Date(0)
  at.setUTCFullYear(year, month, day)
  // A day that the month does not have would roll over into the next one.
  if (at.getUTCMonth() !== month) return null
  const zoneMinutes = Number(parts.zoneHours ?? 0) * 60 + Number(parts.zoneMinutes ?? 0)
  return at.setUTCHours(hour!, minute! - (parts.sign === '-' ? -zoneMinutes : zoneMinutes), second)
}

/** A two-digit year that seems to be more than 50 years ahead is the last one in the past with these digits (RFC 9110 §5.6.7). */
function fullYear(digits: string, nowMs: number): number {
  if (digits.length === 4) return Number(digits)
  const thisYear = new Date(nowMs).getUTCFullYear()
  const year = thisYear - (thisYear % 100) + Number(digits)
  return year > thisYear + 50 ? year - 100 : year
}
