/** The next round number: 1, 2 or 5 of some power of ten, or for bytes of two. */
export function roundTop(most: number, isBytes: boolean): number {
  if (most <= 1) return 1
  if (isBytes) {
    const unit = 1024 ** Math.floor(Math.log(most) / Math.log(1024))
    return roundTop(most / unit, false) * unit
  }
  const power = 10 ** Math.floor(Math.log10(most))
  return power * ([1, 2, 5].find((step) => step * power >= most) ?? 10)
}

/** Where each part of each stack begins and ends. */
export function stacks(series: readonly (readonly number[])[]): { from: number; to: number }[][] {
  const heights = series[0]?.map(() => 0) ?? []
  return series.map((values) =>
    values.map((value, n) => {
      const from = heights[n]!
      heights[n] = from + value
      return { from, to: heights[n]! }
    }),
  )
}
