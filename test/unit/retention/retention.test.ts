import fc from 'fast-check'
import { expect, it } from 'vitest'
import { retentionOf } from '#core/retention/rules/retention.ts'

it('keeps tasks, and the knowledge that they were there, for as many days as the operator says', () => {
  const days = retentionOf({ taskRetentionDays: 7, eventRetentionDays: 90 })
  expect(days).toMatchObject({ task: 7, goneTask: 7, session: 7, taskEvent: 7, wake: 90, endpoint: 90 })
})

it('keeps what events and dead letters name for as long as there can be any', () => {
  const setting = fc.integer({ min: 1, max: 3650 })
  fc.assert(
    fc.property(setting, setting, (taskRetentionDays, eventRetentionDays) => {
      const { wake, endpoint, taskEvent } = retentionOf({ taskRetentionDays, eventRetentionDays })
      for (const kept of [wake, endpoint]) {
        expect(kept).toBeGreaterThanOrEqual(Math.max(30, taskRetentionDays, eventRetentionDays))
      }
      expect(taskEvent).toBeLessThanOrEqual(Math.min(taskRetentionDays, eventRetentionDays))
    }),
  )
})
