const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** As people read it: `512 B`, `1.5 MiB`, `120 GiB`. */
export function bytesText(bytes: number): string {
  let value = bytes
  let unit = 0
  // What would be rounded to 1024 is one of the next unit.
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

/** `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`. Seconds. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  const minutes = Math.round(whole / 60)
  if (minutes < 60) return `${minutes} min`
  const [large, small, names] =
    minutes < 24 * 60
      ? [Math.floor(minutes / 60), minutes % 60, ['h', 'min']]
      : [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), ['d', 'h']]
  return small > 0 ? `${large} ${names[0]} ${small} ${names[1]}` : `${large} ${names[0]}`
}

/** `3 min ago`, `in 2 h`. */
export function momentText(iso: string, nowMs: number): string {
  const seconds = (Date.parse(iso) - nowMs) / 1000
  return seconds > 0 ? `in ${durationText(seconds)}` : `${durationText(-seconds)} ago`
}

/** `1 task`, `2 tasks`. */
export function countText(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? noun : `${noun}s`}`
}
