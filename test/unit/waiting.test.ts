import { describe, expect, it } from 'vitest'
import type { TaskState } from '../../packages/core/src/domain/task.ts'
import { taskError } from '../../packages/core/src/domain/task-error.ts'
import { waitingFor, waitingReasons } from '../../packages/core/src/domain/waiting.ts'
import { taskWith } from '../support/tasks.ts'

const now = Date.UTC(2026, 10, 22, 12)
const later = new Date(now + 60_000)
const until = later.toISOString()

describe('what a task waits for', () => {
  it('is the date it asked for', () => {
    expect(waitingFor(taskWith({ earliestBeginDate: later, readyAt: later }), now)).toMatchObject([
      { reason: 'earliestBeginDate', until },
    ])
  })

  it('is the wake limiter', () => {
    expect(waitingFor(taskWith({ gatedUntil: later, readyAt: later }), now)).toMatchObject([
      { reason: 'wakeLimiter', until },
    ])
  })

  it('is the back-off of a retry, with what went wrong', () => {
    const error = taskError('badServerResponse', 'the origin answered 503', true)
    const [reason] = waitingFor(taskWith({ retryAt: later, readyAt: later, attempts: 3, error }), now)
    expect(reason).toEqual({ reason: 'retryBackoff', until, detail: 'attempt 3 failed: the origin answered 503' })
    const [bare] = waitingFor(taskWith({ retryAt: later, readyAt: later, attempts: 1 }), now)
    expect(bare?.detail).toBe('attempt 1 failed')
  })

  it('is its delegate, and nothing else, while that decides', () => {
    const task = taskWith({ decisionUntil: later, readyAt: later, earliestBeginDate: new Date(now) })
    expect(waitingFor(task, now)).toMatchObject([{ reason: 'delegateDecision', until }])
    expect(waitingFor({ ...task, state: 'suspended' }, now)).toEqual([])
  })

  it('is every gate that is still shut', () => {
    const task = taskWith({ earliestBeginDate: later, gatedUntil: later, retryAt: later, readyAt: later })
    expect(waitingFor(task, now).map(({ reason }) => reason)).toEqual([
      'earliestBeginDate',
      'wakeLimiter',
      'retryBackoff',
    ])
  })

  it.each(['waiting', 'dispatched'] as TaskState[])('is a free worker once a %s task’s gates are open', (state) => {
    const past = new Date(now)
    const task = taskWith({ state, earliestBeginDate: past, gatedUntil: past, retryAt: past, readyAt: past })
    expect(waitingFor(task, now)).toEqual([
      { reason: 'capacity', detail: 'it may run now and waits for a free worker' },
    ])
  })

  it('is the service itself after a fault that is not charged to the task', () => {
    const [reason, ...more] = waitingFor(taskWith({ beganAt: new Date(now - 1000), readyAt: later }), now)
    expect([reason?.reason, reason?.until, more]).toEqual(['capacity', until, []])
    expect(reason?.detail).not.toContain('may run now')
  })

  it.each(['suspended', 'running', 'completing', 'completed', 'failed', 'canceled'] as TaskState[])(
    'is nothing for a %s task',
    (state) => {
      expect(waitingFor(taskWith({ state, earliestBeginDate: later, gatedUntil: later, retryAt: later }), now)).toEqual(
        [],
      )
    },
  )

  it('is always said, in a word that clients know', () => {
    for (const earliestBeginDate of [null, later])
      for (const gatedUntil of [null, later])
        for (const retryAt of [null, later]) {
          const reasons = waitingFor(taskWith({ earliestBeginDate, gatedUntil, retryAt }), now)
          expect(reasons.length).toBeGreaterThan(0)
          for (const { reason, detail } of reasons) {
            expect(waitingReasons).toContain(reason)
            expect(detail).not.toBe('')
          }
        }
  })
})
