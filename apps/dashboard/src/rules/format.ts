const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** `1.5 MiB`: three digits at most, so that columns do not jump. */
export function bytes(count: number): string {
  let value = count
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toPrecision(value >= 9.95 ? 3 : 2)} ${units[unit]}`
}

export const rate = (bytesPerSecond: number | null) => (bytesPerSecond === null ? '–' : `${bytes(bytesPerSecond)}/s`)

const spans = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
] as const

/** `2 h 5 min`: the two largest units. Below a second: `0 s`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const from = spans.findIndex(([size]) => whole >= size)
  if (from === -1) return '0 s'
  const [size, unit] = spans[from]!
  const [smaller, smallerUnit] = spans[from + 1] ?? [0, '']
  const rest = smaller === 0 ? 0 : Math.floor((whole % size) / smaller)
  const first = `${Math.floor(whole / size)} ${unit}`
  return rest === 0 ? first : `${first} ${rest} ${smallerUnit}`
}

/** `in 5 min`, `3 s ago`. The clocks of reader and service may differ: see {@link clockOffsetMs}. */
export function relative(at: Date, nowMs: number): string {
  const seconds = Math.round((at.getTime() - nowMs) / 1000)
  if (seconds === 0) return 'now'
  return seconds > 0 ? `in ${duration(seconds)}` : `${duration(-seconds)} ago`
}

/** `14:05` by the reader's clock, or that of a time zone. */
export const clockTime = (at: string, timeZone?: string) =>
  new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', ...(timeZone && { timeZone }) })

/** By how much the service's clock is ahead of the reader's, from the `Date` of a response (RFC 9110 §6.6.1: true to a second). */
export function clockOffsetMs(date: string | null, nowMs: number): number {
  const told = date === null ? Number.NaN : Date.parse(date)
  const offset = told - nowMs
  // Below two seconds it may be the network, and the rounding of the field.
  return Number.isNaN(offset) || Math.abs(offset) < 2_000 ? 0 : offset
}

export const count = (value: number) => value.toLocaleString('en')

/** `1 task`, `2 tasks`. */
export const plural = (value: number, noun: string) => `${count(value)} ${noun}${value === 1 ? '' : 's'}`

export const percent = (fraction: number) => `${Math.floor(fraction * 100)} %`

/** `99.2 %`: never rounded up to all, nor down to none. */
export function share(part: number, whole: number): string {
  const percents = (part / whole) * 100
  const digits = percents > 0 && percents < 100 ? 1 : 0
  const shown = Math.min(part === whole ? 100 : 99.9, Math.max(part === 0 ? 0 : 0.1, percents))
  return `${shown.toFixed(digits)} %`
}

/** How much of what there is is used, never more than all; null: there is nothing to use. */
export const usedOf = (used: number, whole: number) => (whole > 0 ? Math.min(1, used / whole) : null)

/** `3 of 16`; `none`, when there is nothing to use. */
export function ofWhole(used: number, whole: number): string {
  if (whole > 0) return `${count(used)} of ${count(whole)}`
  return used > 0 ? count(used) : 'none'
}
