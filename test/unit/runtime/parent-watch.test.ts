import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchParent } from '#core/runtime/parent-watch.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const start = (npm_lifecycle_script: string | undefined) => {
  const child = { env: { npm_lifecycle_event: 'start', npm_lifecycle_script }, ppid: 100 }
  let gone = 0
  watchParent(child, () => {
    gone += 1
  })
  return { child, gone: () => gone }
}

test('a child of npm hears once that npm is gone', () => {
  const { child, gone } = start('exec node apps/standalone/src/main.ts')
  vi.advanceTimersByTime(10_000)
  expect(gone()).toBe(0)
  child.ppid = 1
  vi.advanceTimersByTime(10_000)
  expect(gone()).toBe(1)
})

test.each<[string, string | undefined]>([
  ['without npm, such as by systemd, Docker or nohup', undefined],
  ['by a shell that npm runs, which may leave it in the background', 'nohup node apps/standalone/src/main.ts &'],
])('who was started %s may outlive its parent', (_, script) => {
  const { child, gone } = start(script)
  child.ppid = 1
  vi.advanceTimersByTime(10_000)
  expect(gone()).toBe(0)
})
