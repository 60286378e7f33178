/** The rate of a download, from repeated measurements. */
export interface RateMeter {
  /** Mean over the newest measurements; 0 before the first. */
  bytesPerSecond: number
  measurements: number
  /** The time of the last measurement, and the bytes that had come until then. */
  atMs: number
  bytes: number
}

/** The first measurement matters least, so it may be short. */
const measureMs = 125
const firstMeasureMs = 40
/** Measurements in the mean: ten seconds, because the bytes of each download come in gusts when many share a process. */
const averagedMeasurements = 80

export function startMeter(nowMs: number): RateMeter {
  return { bytesPerSecond: 0, measurements: 0, atMs: nowMs, bytes: 0 }
}

/** The time from one measurement to the next. Milliseconds. */
export function measureEveryMs({ measurements }: RateMeter): number {
  return measurements === 0 ? firstMeasureMs : measureMs
}

/** The mean rate of each of `connections` connections. Bytes per second. */
export function rateOfEach({ bytesPerSecond }: RateMeter, connections: number): number {
  return bytesPerSecond / Math.max(1, connections)
}

/** `bytes` is the total so far. `newest` is the rate since the last measurement, in bytes per second. Null: it is too early. */
export function measure(meter: RateMeter, nowMs: number, bytes: number): { meter: RateMeter; newest: number } | null {
  const elapsedMs = nowMs - meter.atMs
  if (elapsedMs < measureEveryMs(meter)) return null
  const newest = ((bytes - meter.bytes) * 1000) / elapsedMs
  const measurements = meter.measurements + 1
  const share = Math.min(measurements, averagedMeasurements)
  const bytesPerSecond = meter.bytesPerSecond + (newest - meter.bytesPerSecond) / share
  return { meter: { bytesPerSecond, measurements, atMs: nowMs, bytes }, newest }
}
