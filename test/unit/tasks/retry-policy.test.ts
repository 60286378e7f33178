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

  it.each([
    202, 408, 420, 425, 429, 430, 500, 502, 503, 504, 507, 509, 511, 520, 521, 522, 523, 524, 525, 526, 527, 528, 529,
    599,
  ])('%d is tried again', (status) => {
    expect(statusClass(status)).toBe('transient')
    expect(decide({ errorName: statusFailure(status), status, attempts: 1000 })).toMatchObject({
      kind: 'retry',
      suspect: false,
    })
  })

  it.each([206, 300, 301, 302, 304, 305, 306, 308, 399, 501, 505, 600, 650, 700, 888, 999])(
    '%d is suspect: it fails at the fifth time',
    (status) => {
      expect(statusClass(status)).toBe('suspect')
      const failed = { errorName: statusFailure(status), status }
      expect(decide({ ...failed, attempts: 4, suspectFailures: 3 })).toMatchObject({ kind: 'retry', suspect: true })
      expect(decide({ ...failed, attempts: 5, suspectFailures: 4 })).toEqual({ kind: 'fail', retriable: true })
    },
  )

  it.each([
    ...['cannotParseResponse', 'redirectToNonExistentLocation', 'clientCertificateRequired'],
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

  it('ends a task with suspect failures within minutes, however often it has failed otherwise', () => {
    const waits = [0, 1, 2, 3].map((suspectFailures) => {
      const failed = { errorName: 'cannotParseResponse', attempts: 1_000 + suspectFailures, suspectFailures } as const
      const decision = decide(failed, 1 - 2 ** -53)
      return decision.kind === 'retry' ? decision.atMs - now : Number.NaN
    })
    expect(waits.reduce((sum, wait) => sum + wait)).toBeLessThanOrEqual(15_000)
  })

  it.each(['timedOut', 'networkConnectionLost', 'dnsLookupFailed'] as TaskErrorName[])(
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
    ...['httpTooManyRedirects', 'deadline_exceeded'],
  ] as TaskErrorName[])('%s fails at once', (error) => {
    expect(decide({ errorName: error })).toEqual({ kind: 'fail', retriable: false })
  })

  it('is the refusal’s own where it came with a redirect’s status', () => {
    expect(classOf('destination_denied', 302)).toBe('permanent')
    expect(classOf('redirectToNonExistentLocation', 302)).toBe('suspect')
    expect(classOf('badServerResponse', 206)).toBe('suspect')
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

  it.each(['9'.repeat(400), '99999999999999', 'Fri, 31 Dec 9999 23:59:59 GMT'])('is a day where it is %s', (text) => {
    expect(at(parseRetryAfter(text, now) ?? undefined)).toBe(dayMs)
  })

  it.each(['-1', '1e309', 'Sun, 22 Nov 2020 12:00:00 GMT', 'soon'])(
    '%s, as an origin says it, changes nothing',
    (text) => {
      expect(at(parseRetryAfter(text, now) ?? undefined)).toBe(unasked)
    },
  )
})

describe('Retry-After on any error status', () => {
  const named = (status: number, retryAfterSeconds: number | undefined, more: Partial<FailedAttempt> = {}) =>
    decide({ errorName: statusFailure(status), status, retryAfterSeconds, attempts: 50, ...more })

  it.each([400, 401, 403, 404, 405, 406, 407, 409, 410, 412, 413, 416, 418, 423, 428, 451, 499])(
    'has a %d retried then, for as long as there is time',
    (status) => {
      expect(named(status, 400)).toEqual({
        ...{ kind: 'retry', atMs: now + 400_000, startOver: false, suspect: false, because: 'retryAfter' },
      })
      expect(named(status, 0)).toMatchObject({ kind: 'retry', because: 'backoff' })
      expect(named(status, undefined)).toEqual({ kind: 'fail', retriable: false })
      expect(named(status, -1)).toEqual({ kind: 'fail', retriable: false })
    },
  )

  it.each([202, 500, 503, 509, 520])('counts with a %d', (status) => {
    expect(named(status, 400)).toMatchObject({ atMs: now + 400_000, because: 'retryAfter' })
  })

  it.each([501, 505])('says when a %d is asked again, but not more often than five times', (status) => {
    expect(named(status, 60)).toMatchObject({ kind: 'retry', atMs: now + 60_000, suspect: true })
    expect(named(status, 60, { suspectFailures: 4 })).toEqual({ kind: 'fail', retriable: true })
  })

  it.each([206, 302, 304, 600, 999])('has no meaning with a %d', (status) => {
    expect(named(status, 86_400)).toMatchObject({
      kind: 'retry',
      because: 'backoff',
      atMs: now + backoffMs(policy, 1, 0.5),
    })
  })
})

describe('a status that the client wants retried', () => {
  it.each([403, 404, 410, 501, 505])('%d is, for as long as there is time', (status) => {
    const failed = { errorName: statusFailure(status), status, attempts: 1000, suspectFailures: 4 }
    expect(decide({ ...failed, retryStatuses: [400, status] })).toEqual({
      ...{
        kind: 'retry',
        atMs: now + backoffMs(policy, 1000, 0.5),
        startOver: false,
        suspect: false,
        because: 'backoff',
      },
    })
    expect(decide({ ...failed, retryStatuses: [400] })).toMatchObject({ kind: 'fail' })
  })

  it('is no other failure', () => {
    expect(decide({ errorName: 'dataLengthExceedsMaximum', retryStatuses: [404] })).toMatchObject({ kind: 'fail' })
  })
})

describe('a body that is cut', () => {
  const cut = (sameCuts: number, more: Partial<FailedAttempt> = {}) =>
    decide({ attempts: 1000, sameCuts, ...more }, 1 - 2 ** -53)

  it('goes on while it is cut elsewhere each time', () => {
    expect(cut(1, { suspectFailures: 4 })).toMatchObject({ kind: 'retry', suspect: false, atMs: now + 300_000 })
  })

  it('at the same byte three times in a row is suspect, and fails at the fifth time', () => {
    expect(cut(2)).toMatchObject({ kind: 'retry', suspect: false, atMs: now + 2_000 })
    expect(cut(3)).toMatchObject({ kind: 'retry', suspect: false, atMs: now + 4_000 })
    expect(cut(4)).toMatchObject({ kind: 'retry', suspect: false, atMs: now + 8_000 })
    expect(cut(5)).toEqual({ kind: 'fail', retriable: true })
  })

  it('is counted apart from other suspect failures, since its count ends with the row', () => {
    expect(cut(3, { suspectFailures: 4 })).toMatchObject({ kind: 'retry', suspect: false, atMs: now + 4_000 })
    expect(cut(5, { suspectFailures: 0 })).toEqual({ kind: 'fail', retriable: true })
  })
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
        fc.option(fc.integer({ min: 100, max: 999 }), { nil: undefined }),
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
