import { describe, expect, it } from 'vitest'
import { span } from '#dashboard/rules/span.ts'
import { scaleOf, ticksOf } from '#dashboard/rules/stretched-scale.ts'

const hour = 3_600_000
/** Three hours of waiting, then DNS, TLS and a body. */
const moments = [0, 3 * hour, 3 * hour + 2, 3 * hour + 20, 3 * hour + 1500]
const spans = moments.slice(1).map((to, n) => ({ from: moments[n]!, to }))

describe('the axis of a life', () => {
  it('shows hours and milliseconds beside each other, and what is longer is wider', () => {
    const scale = scaleOf(moments, spans)
    expect(scale.isStretched).toBe(true)
    const widths = spans.map(({ from, to }) => scale.at(to) - scale.at(from))
    expect(Math.min(...widths)).toBeGreaterThan(0.008)
    expect(widths[0]).toBeGreaterThan(widths[3]!)
    expect(widths[3]).toBeGreaterThan(widths[2]!)
    expect(scale.breaks).toHaveLength(1)
    expect([scale.at(0), scale.at(3 * hour + 1500)]).toEqual([0, 1])
  })

  it('never turns round, and has nothing outside of it', () => {
    for (const wanted of ['true', 'stretched'] as const) {
      const scale = scaleOf(moments, spans, wanted)
      const shares = Array.from({ length: 400 }, (_, n) => scale.at(-hour + (n * 5 * hour) / 400))
      expect(shares).toEqual(shares.toSorted((a, b) => a - b))
      expect([shares[0], shares.at(-1)]).toEqual([0, 1])
    }
  })

  it('is true to time when every phase can be seen that way', () => {
    const scale = scaleOf([0, 100, 1000], [{ from: 0, to: 100 }])
    expect([scale.isStretched, scale.at(250)]).toEqual([false, 0.25])
    expect(scaleOf([0, 100, 1000], [{ from: 0, to: 100 }], 'stretched').isStretched).toBe(true)
  })

  it.each([[[]], [[5]], [[5, 5]]])('stands for lives without a length: %j', (given) => {
    for (const wanted of ['true', 'stretched'] as const) expect([0, 1]).toContain(scaleOf(given, [], wanted).at(5))
  })

  it('has labels that do not lie on each other, at both ends too', () => {
    const scale = scaleOf(moments, spans)
    const ticks = ticksOf(moments, scale, 0.1)
    expect([ticks[0], ticks.at(-1)]).toEqual([0, 3 * hour + 1500])
    const shares = ticks.map((at) => scale.at(at))
    for (const [n, share] of shares.slice(1).entries()) expect(share - shares[n]!).toBeGreaterThanOrEqual(0.1)
    expect(ticksOf([], scale)).toEqual([])
  })
})

describe('a span that may be short', () => {
  it.each([
    [0, '<1 ms'],
    [12.4, '12 ms'],
    [999.6, '1.00 s'],
    [1240, '1.24 s'],
    [14_520, '14.5 s'],
    [59_990, '1 min'],
    [68_240, '1 min 8.2 s'],
    [3 * hour + 120_000, '3 h 2 min'],
  ])('%d ms is %s', (ms, text) => expect(span(ms)).toBe(text))
})
