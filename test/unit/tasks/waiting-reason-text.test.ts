import { describe, expect, it } from 'vitest'
import { taskError } from '#core/tasks/rules/task-error.ts'
import { type WaitingFacts, type WaitingReason, waitingReasons } from '#core/tasks/rules/waiting-reason.ts'
import { waitingFor } from '#core/tasks/rules/waiting-reason-text.ts'
import { aTask } from '#support/builders/task.ts'

const at = new Date(Date.UTC(2026, 10, 22, 12))
const later = new Date(at.getTime() + 60_000)
const until = later.toISOString()

function facts(...reasons: WaitingReason[]): WaitingFacts {
  return {
    at,
    reasons,
    tenantInFlight: 64,
    tenantCap: 64,
    hostInFlight: 6,
    hostCap: 6,
    hostBlockedUntil: later,
    hostReason: 'it answered 503 with Retry-After',
    quotas: [{ name: 'maximumBytesPerDay', maximum: 100, used: 120, resetsAt: later }],
    hours: null,
    fleetAtHost: 6,
    workers: 1,
  }
}

describe('what a task waits for', () => {
  const task = {
    earliestBeginDate: later,
    gatedUntil: later,
    gateDelaySeconds: 60,
    retryAt: later,
    readyAt: at,
    decisionUntil: later,
    attempts: 3,
  }
  const error = taskError('badServerResponse', 'the origin answered 503', true)
  it.each([
    ['earliestBeginDate', until, /^its earliestBeginDate has not come$/],
    ['wakeLimiter', until, /^the client was woken \d+(\.\d)? s ago; the delay is 60 s$/],
    ['discretionary', undefined, /discretionary/],
    ['tenantCapacity', undefined, /^64 of 64 concurrent tasks in use$/],
    [
      'hostCapacity',
      undefined,
      /^6 of 6 concurrent tasks of the session at this host in use \(httpMaximumConnectionsPerHost\)$/,
    ],
    ['quota', until, /^120 of 100 bytes are used \(maximumBytesPerDay\); it begins on the next day, UTC, or/],
    ['hostBackoff', until, /^backing off from this host until then, for all tenants: it answered 503/],
    ['retryBackoff', until, /^attempt 3 failed: the origin answered 503$/],
    ['delegateDecision', until, /^waiting for the delegate's decision$/],
    ['capacity', undefined, /^ready; waiting for a free worker$/],
  ] as const)('%s', (reason, time, detail) => {
    const [said, ...more] = waitingFor(aTask({ ...task, error, waiting: facts(reason) }))
    expect(more).toEqual([])
    expect(said).toMatchObject({ reason, detail: expect.stringMatching(detail) })
    expect(said?.until).toBe(time)
  })

  it('is said of every reason there is, in their order, whatever is known besides', () => {
    const unknown = { hostBlockedUntil: null, hostReason: null, quotas: [] }
    const bare = aTask({ waiting: { ...facts(...waitingReasons.toReversed()), ...unknown } })
    expect(waitingFor(bare).map(({ reason }) => reason)).toEqual(waitingReasons)
    for (const { detail, until } of waitingFor(bare)) {
      expect(detail).not.toMatch(/null|undefined|^$/)
      expect(until).toBeUndefined()
    }
  })

  it('is a host that is being tried again once its time has passed', () => {
    const waiting = { ...facts('hostBackoff'), hostBlockedUntil: at }
    const [said] = waitingFor(aTask({ waiting }))
    expect(said).toEqual({ reason: 'hostBackoff', detail: expect.stringContaining('one request at a time tries it') })
  })

  it('is every quota that is reached, with no time where files have to go first', () => {
    const stored = { name: 'maximumStoredBytes', maximum: 9, used: 9, resetsAt: null } as const
    const { quotas } = facts('quota')
    const [said] = waitingFor(aTask({ waiting: { ...facts('quota'), quotas: [...quotas, stored] } }))
    expect(said).toEqual({ reason: 'quota', detail: expect.stringMatching(/PerDay.*; 9 of 9 .*StoredBytes/) })
  })

  it('is the service itself after an error that is not charged to the task', () => {
    const [said] = waitingFor(aTask({ readyAt: later, waiting: facts('capacity') }))
    expect(said).toEqual({ reason: 'capacity', until, detail: expect.stringContaining('internal error') })
  })

  it('is nothing for a task that does not wait', () => {
    expect(waitingFor(aTask({ state: 'running', earliestBeginDate: later }))).toEqual([])
  })
})
