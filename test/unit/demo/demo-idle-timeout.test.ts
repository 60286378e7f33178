import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createIdleTimeout } from '#standalone/demo-idle-timeout.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('the demo gives up when nothing has happened for the limit, and says what was last', () => {
  const gaveUp: string[] = []
  const idleTimeout = createIdleTimeout(60_000, (last) => gaveUp.push(last))
  for (let minutes = 0; minutes < 10; minutes += 1) {
    vi.advanceTimersByTime(59_000)
    idleTimeout.happened(`step ${minutes}`)
  }
  expect(gaveUp).toEqual([])
  vi.advanceTimersByTime(60_000)
  expect(gaveUp).toEqual(['step 9'])
})

test('it does not give up after its end', () => {
  const gaveUp: string[] = []
  createIdleTimeout(60_000, (last) => gaveUp.push(last)).end()
  vi.advanceTimersByTime(120_000)
  expect(gaveUp).toEqual([])
})
