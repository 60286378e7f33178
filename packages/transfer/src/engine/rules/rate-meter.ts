/** How quick a download is, measured again and again. */
export interface RateMeter {
  /** Over the newest measurements. 0 before the first. */
  bytesPerSecond: number
  measurements: number
  /** When the last measurement was taken, and what had come until then. */
  atMs: number
  bytes: number
}

/** What the first measurement says matters least, so it may be short. */
const measureMs = 125
const firstMeasureMs = 40
/** The rate is taken over so many measurements, ten seconds: when many downloads share a process, each comes in gusts. */
const averagedMeasurements = 80

export function startMeter(nowMs: number): RateMeter {
  return { bytesPerSecond: 0, measurements: 0, atMs: nowMs, bytes: 0 }
}

/** From one measurement to the next. Milliseconds. */
export function measureEveryMs({ measurements }: RateMeter): number {
  return measurements === 0 ? firstMeasureMs : measureMs
}

/** What each of so many connections brings. Bytes a second. */
export function rateOfEach({ bytesPerSecond }: RateMeter, connections: number): number {
  return bytesPerSecond / Math.max(1, connections)
}

/** `bytes` have come in all. `newest` is the rate since the last measurement, in bytes a second. Null: it is too early. */
export function measure(meter: RateMeter, nowMs: number, bytes: number): { meter: RateMeter; newest: number } | null {
  const elapsedMs = nowMs - meter.atMs
  if (elapsedMs < measureEveryMs(meter)) return null
  const newest = ((bytes - meter.bytes) * 1000) / elapsedMs
  const measurements = meter.measurements + 1
  const share = Math.min(measurements, averagedMeasurements)
  const bytesPerSecond = meter.bytesPerSecond + (newest - meter.bytesPerSecond) / share
  return { meter: { bytesPerSecond, measurements, atMs: nowMs, bytes }, newest }
}
