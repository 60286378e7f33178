/**
 * Bytes a second of a transfer, smoothed over some seconds, from the rate so far (null: not known yet) and the bytes of the next interval. Fewer bytes
 * than before (a transfer that begins again) say nothing about the rate.
 */
export function shownRate(sofar: number | null, bytes: number, seconds: number): number | null {
  if (bytes < 0) return sofar
  const rate = bytes / seconds
  return sofar === null ? rate : (sofar * 3 + rate) / 4
}
