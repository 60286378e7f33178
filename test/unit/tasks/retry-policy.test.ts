import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  afterFailure,
  backoffMs,
  classOf,
  defaultRetryPolicy,
  type FailedAttempt,
  statusClass,
} from '#core/tasks/rules/retry-policy.ts'
import { type TaskErrorName, taskErrors } from '#core/tasks/rules/task-error.ts'
import { parseRetryAfter } from '#transfer/http/rules/retry-after.ts'
import { statusFailure } from '#transfer/source/rules/status-failure.ts'

const now = Date.UTC(2026, 10, 22)
const policy = defaultRetryPolicy
const dayMs = 86_400_000
const first: FailedAttempt = {
  errorName: 'networkConnectionLost',
  attempts: 1,
  suspectFailures: 0,
  restartedClean: false,
}
const decide = (attempt: Partial<FailedAttempt>, random = 0.5) =>
  afterFailure(policy, { ...first, ...attempt }, now, random)
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('the class of a failure', () => {
  it.each([400, 401, 402, 403, 404, 405, 406, 407, 409, 410, 412, 413, 414, 416, 418, 422, 426, 428, 431, 451, 499])(
    '%d fails at once',
    (status) => {
      expect(statusClass(status)).toBe('permanent')
      expect(decide({ errorName: statusFailure(status), status })).toEqual({ kind: 'fail', retriable: false })
    },
  )

  it.each([408, 425, 429, 500, 501, 502, 503, 504, 507, 520, 599])('%d is tried again', (status) => {
    expect(statusClass(status)).toBe('transient')
    expect(decide({ errorName: statusFailure(status), status, attempts: 1000 })).toMatchObject({
      kind: 'retry',
      suspect: false,
    })
  })

  it.each([
    ...['cannotFindHost', 'cannotConnectToHost', 'secureConnectionFailed', 'serverCertificateHasBadDate'],
    ...['serverCertificateUntrusted', 'serverCertificateHasUnknownRoot', 'serverCertificateNotYetValid'],
  ] as TaskErrorName[])('%s is suspect: it fails at the fifth time', (error) => {
    for (const before of [0, 1, 2, 3])
      expect(decide({ errorName: error, attempts: before + 1, suspectFailures: before })).toMatchObject({
        kind: 'retry',
        suspect: true,
      })
    expect(decide({ errorName: error, attempts: 5, suspectFailures: 4 })).toEqual({ kind: 'fail', retriable: true })
  })

  it('does not count transient failures among the suspect ones', () => {
    expect(decide({ errorName: 'cannotFindHost', attempts: 100, suspectFailures: 3 })).toMatchObject({ kind: 'retry' })
  })

  it.each(['timedOut', 'networkConnectionLost', 'dnsLookupFailed', 'cannotParseResponse'] as TaskErrorName[])(
    '%s is tried again for as long as there is time',
    (error) => {
      expect(decide({ errorName: error, attempts: 10_000, suspectFailures: 4 })).toMatchObject({
        kind: 'retry',
        suspect: false,
      })
    },
  )

  it.each([
    ...['destination_denied', 'unsupportedURL', 'dataLengthExceedsMaximum', 'mime_type_mismatch', 'cancelled'],
    ...['httpTooManyRedirects', 'redirectToNonExistentLocation', 'deadline_exceeded'],
  ] as TaskErrorName[])('%s fails at once', (error) => {
    expect(decide({ errorName: error })).toEqual({ kind: 'fail', retriable: false })
  })

  it('is the refusal’s own where it came with a redirect’s status', () => {
    expect(classOf('destination_denied', 302)).toBe('permanent')
    expect(classOf('badServerResponse', 206)).toBe('transient')
  })

  it('is known for every error', () => {
    for (const error of Object.keys(taskErrors) as TaskErrorName[])
      expect(['permanent', 'suspect', 'transient']).toContain(classOf(error))
  })
})

describe('wrong bytes', () => {
  it.each(['checksum_mismatch', 'length_mismatch'] as const)('%s is worth one clean restart, at once', (error) => {
    const decision = decide({ errorName: error, attempts: 9 })
    expect(decision).toEqual({ kind: 'retry', atMs: now, startOver: true, suspect: false, because: 'startOver' })
    expect(decide({ errorName: error, restartedClean: true })).toEqual({ kind: 'fail', retriable: false })
  })
})

describe('Retry-After', () => {
  const at = (retryAfterSeconds: number | undefined) => {
    const decision = decide({ errorName: 'badServerResponse', status: 503, retryAfterSeconds }, 0.5)
    return decision.kind === 'retry' ? decision.atMs - now : null
  }
  const unasked = backoffMs(policy, 1, 0.5)

  it('is honoured', () => expect(at(120)).toBe(120_000))
  it('never shortens the back-off', () => expect(at(0)).toBe(unasked))
  it('is ignored when negative', () => expect(at(-1)).toBe(unasked))
  it('is clamped to a day', () => {
    expect(at(86_401)).toBe(dayMs)
    expect(at(Number.POSITIVE_INFINITY)).toBe(dayMs)
    expect(at(Number.MAX_SAFE_INTEGER)).toBe(dayMs)
  })

  it.each(['-1', '1e309', 'Sun, 22 Nov 2020 12:00:00 GMT', '9'.repeat(400), 'soon'])(
    '%s, as an origin says it, changes nothing',
    (text) => {
      expect(at(parseRetryAfter(text, now) ?? undefined)).toBe(unasked)
    },
  )
})

describe('the back-off', () => {
  it('doubles from one second to five minutes', () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(
      (attempts) => backoffMs(policy, attempts, 1 - 2 ** -53) / 1000,
    )
    expect(ceilings.map(Math.round)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
  })

  it('lies between a tenth of its ceiling and the ceiling, and never overflows', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1, max: 2 ** 31 }), random, (attempts, chance) => {
        const ceiling = Math.min(1000 * 2 ** Math.max(attempts - 1, 0), 300_000)
        const delay = backoffMs(policy, attempts, chance)
        expect(delay).toBeGreaterThanOrEqual(ceiling / 10)
        expect(delay).toBeLessThanOrEqual(ceiling)
      }),
    )
  })

  it('is drawn from the whole range', () => {
    expect(backoffMs(policy, 9, 0)).toBe(25_600)
    expect(backoffMs(policy, 9, 0.5)).toBe(140_800)
  })

  it('plans every retry between now and a day from now, whatever the origin asked for', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(taskErrors) as TaskErrorName[])),
        fc.option(fc.integer({ min: 100, max: 599 }), { nil: undefined }),
        fc.option(fc.double({ noNaN: true }), { nil: undefined }),
        fc.integer({ min: 1, max: 100_000 }),
        fc.nat(10),
        fc.boolean(),
        random,
        (error, status, retryAfterSeconds, attempts, suspectFailures, restartedClean, chance) => {
          const attempt = { errorName: error, status, retryAfterSeconds, attempts, suspectFailures, restartedClean }
          const decision = afterFailure(policy, attempt, now, chance)
          if (decision.kind === 'fail') return
          expect(decision.atMs).toBeGreaterThanOrEqual(decision.startOver ? now : now + 100)
          expect(decision.atMs).toBeLessThanOrEqual(now + dayMs)
        },
      ),
    )
  })
})

describe('an error status', () => {
  it.each([
    [401, 'userAuthenticationRequired'],
    [407, 'userAuthenticationRequired'],
    [403, 'noPermissionsToReadFile'],
    [404, 'fileDoesNotExist'],
    [410, 'fileDoesNotExist'],
    [500, 'badServerResponse'],
    [429, 'badServerResponse'],
  ])('%d is called %s', (status, name) => expect(statusFailure(status)).toBe(name))
})
