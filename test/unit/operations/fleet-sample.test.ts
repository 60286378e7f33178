import { describe, expect, it } from 'vitest'
import { nextSampleInMs } from '#core/operations/rules/fleet-sample.ts'

describe('the next count of all tenants', () => {
  it.each([
    [0, 15_000],
    [10, 15_000],
    [750, 15_000],
    [3_000, 60_000],
    [60_000, 600_000],
  ])('comes, after one that took %d ms, in %d ms', (took, inMs) => {
    expect(nextSampleInMs(took)).toBe(inMs)
  })
})
