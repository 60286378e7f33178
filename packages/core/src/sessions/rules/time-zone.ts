/** Making one costs a hundred times as much as using it. Names come from clients, in any case, so there is a bound. */
const formats = new Map<string, Intl.DateTimeFormat>()
const keptFormats = 1_000

/** The local time of a zone, written as if it were UTC: Unix milliseconds. */
export function wallClock(timeZone: string, atMs: number): number {
  const second = Math.floor(atMs / 1000) * 1000
  const shown: Record<string, number> = {}
  for (const { type, value } of formatOf(timeZone).formatToParts(second)) shown[type] = Number(value)
  const { year, month, day, hour, minute, second: seconds } = shown
  return Date.UTC(year!, month! - 1, day, hour, minute, seconds) + (atMs - second)
}

/** Names of the IANA database; not offsets, which do not know when clocks change. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    formatOf(name)
    return true
  } catch {
    return false
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  if (formats.size >= keptFormats) formats.clear()
  formats.set(timeZone, format)
  return format
}
