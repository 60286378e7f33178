/** From a time to a share of the width, 0 to 1. */
export interface Scale {
  at(ms: number): number
  /** Whether it is wider in some places than in others. */
  isStretched: boolean
  /** Places where much more time is in the same width than elsewhere: where the axis is to be shown as broken. */
  breaks: number[]
}

/** Time grows faster than its width: an hour is some forty times as wide as a millisecond, not 3,600,000 times. */
const power = 0.27
/** A phase narrower than this can hardly be seen. */
const leastShare = 0.012
/** So much more time in the same width than in the middle of all intervals, and at least this wide: a break is worth a sign. */
const squeezed = { by: 100, atLeast: 0.04 }

/**
 * A scale over the moments at which something begins or ends. True to time if each of `spans` can be seen that way, or if it
 * is asked for; otherwise each interval between two neighbouring moments has a width of its own, so that hours of waiting and
 * milliseconds of TLS stand beside each other. It never turns round: what is later is further right.
 */
export function scaleOf(
  moments: readonly number[],
  spans: readonly { from: number; to: number }[],
  wanted: 'true' | 'stretched' | null = null,
): Scale {
  const sorted = [...new Set(moments)].sort((a, b) => a - b)
  const [first = 0, last = first] = [sorted[0], sorted.at(-1)]
  const whole = Math.max(1, last - first)
  const isVisible = spans.every(({ from, to }) => to === from || (to - from) / whole >= leastShare)
  if (wanted === 'true' || (wanted === null && isVisible))
    return { at: (ms) => clamped((ms - first) / whole), isStretched: false, breaks: [] }
  const places = placesOf(sorted)
  return { at: (ms) => placeOf(sorted, places, ms), isStretched: true, breaks: breaksOf(sorted, places) }
}

/** Where each moment stands. */
function placesOf(sorted: readonly number[]): number[] {
  let sum = 0
  const ends = sorted.map((moment, n) => {
    if (n > 0) sum += (moment - sorted[n - 1]!) ** power
    return sum
  })
  return ends.map((end) => (sum === 0 ? 0 : end / sum))
}

/** Between two moments it goes evenly. */
function placeOf(sorted: readonly number[], places: readonly number[], ms: number): number {
  const next = sorted.findIndex((moment) => moment >= ms)
  if (next === -1) return sorted.length < 2 ? 0 : 1
  if (next === 0) return 0
  const [from, to] = [sorted[next - 1]!, sorted[next]!]
  const [left, right] = [places[next - 1]!, places[next]!]
  return left + ((ms - from) / (to - from)) * (right - left)
}

function breaksOf(sorted: readonly number[], places: readonly number[]): number[] {
  const intervals = sorted.slice(1).map((moment, n) => {
    const width = places[n + 1]! - places[n]!
    return { middle: (places[n]! + places[n + 1]!) / 2, width, density: (moment - sorted[n]!) / width }
  })
  const densities = intervals.map(({ density }) => density).sort((a, b) => a - b)
  const usual = densities[Math.floor(densities.length / 2)] ?? 0
  return intervals
    .filter(({ width, density }) => width >= squeezed.atLeast && density >= squeezed.by * usual)
    .map(({ middle }) => middle)
}

const clamped = (share: number) => Math.min(1, Math.max(0, share))

/** Some of the moments, far enough from each other to have a label each. The first and the last are always among them. */
export function ticksOf(moments: readonly number[], scale: Scale, leastGap = 0.11): number[] {
  const sorted = [...new Set(moments)].sort((a, b) => a - b)
  const last = sorted.at(-1)
  if (last === undefined) return []
  const ticks: number[] = []
  for (const moment of sorted) {
    const before = ticks.at(-1)
    const isFree = before === undefined || scale.at(moment) - scale.at(before) >= leastGap
    if (moment === last || (isFree && scale.at(last) - scale.at(moment) >= leastGap)) ticks.push(moment)
  }
  return ticks
}
