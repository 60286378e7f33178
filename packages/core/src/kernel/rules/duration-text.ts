/** A span of time, as people read it. */
export function seconds(ms: number): string {
  return `${Number((Math.max(0, ms) / 1000).toFixed(ms < 10_000 ? 1 : 0))} s`
}
