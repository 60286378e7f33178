import { expect, test } from 'vitest'
import { batchDelayMs } from '#core/kernel/rules/batch-delay.ts'

test.each([
  ['as short as allowed behind what took no time', 0, 10],
  ['as long as the last took', 30, 30],
  ['no longer than 50 ms, however long it took', 4_000, 50],
])('more is waited for %s', (_, tookMs, wanted) => {
  expect(batchDelayMs(tookMs, 10)).toBe(wanted)
})
