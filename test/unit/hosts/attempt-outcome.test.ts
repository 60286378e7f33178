import { describe, expect, it } from 'vitest'
import { deliveredOutcome, givenBackOutcome, type HostAttempt, hostOutcome } from '#core/hosts/rules/attempt-outcome.ts'

const host = 'origin.example.com'
const hop = (status: number | null, at = host) => ({ url: `https://${at}/file`, status })
const attempt = (changes: Partial<HostAttempt>): HostAttempt => ({
  host,
  scheme: 'https',
  errorName: 'badServerResponse',
  hops: [hop(null)],
  patienceSeconds: 60,
  ...changes,
})

describe('a failed attempt', () => {
  it.each([
    ['cannotFindHost'],
    ['cannotConnectToHost'],
    ['networkConnectionLost'],
    ['timedOut'],
    ['serverCertificateHasBadDate'],
    ['serverCertificateUntrusted'],
  ] as const)('with %s before any response says that nobody is there', (error) => {
    expect(hostOutcome(attempt({ errorName: error }))).toEqual({
      kind: 'unreachable',
      errorName: error,
      scheme: 'https',
    })
  })

  it.each(['dnsLookupFailed', 'deadline_exceeded', 'destination_denied'] as const)(
    'with %s before any response says nothing',
    (error) => expect(hostOutcome(attempt({ errorName: error }))).toBeUndefined(),
  )

  it.each(['cannotParseResponse', 'secureConnectionFailed', 'clientCertificateRequired'] as const)(
    'with %s instead of a response says that somebody is there',
    (error) => expect(hostOutcome(attempt({ errorName: error }))).toEqual({ kind: 'answered' }),
  )

  it.each(['networkConnectionLost', 'timedOut', 'length_mismatch', 'cannotParseResponse'] as const)(
    'with %s behind the head of a response says that somebody is there',
    (error) => expect(hostOutcome(attempt({ errorName: error, hops: [hop(200)] }))).toEqual({ kind: 'answered' }),
  )

  it.each([202, 206, 304, 400, 401, 403, 404, 410, 416, 500, 501, 502, 504, 505, 999])(
    'with a %i says that somebody is there',
    (status) => {
      expect(hostOutcome(attempt({ status, hops: [hop(status)] }))).toEqual({ kind: 'answered' })
    },
  )

  it.each([429, 503])('with a %i asks for time, and for how long if it says so', (status) => {
    const asked = { status, hops: [hop(status)] }
    expect(hostOutcome(attempt(asked))).toEqual({ kind: 'slowDown', status, retryAfterSeconds: null })
    const named = attempt({ ...asked, retryAfterSeconds: 30 })
    expect(hostOutcome(named)).toEqual({ kind: 'slowDown', status, retryAfterSeconds: 30 })
  })
})

describe('a tenant does not close a host for the others', () => {
  it('by a redirect to a place where nobody is', () => {
    const hops = [hop(302), hop(null, 'dead.example.net')]
    expect(hostOutcome(attempt({ errorName: 'cannotConnectToHost', hops }))).toEqual({ kind: 'answered' })
  })

  it('by a redirect to a place that asks for time', () => {
    const hops = [hop(302), hop(503, 'mine.example.net')]
    const asked = attempt({ status: 503, retryAfterSeconds: 86_400, hops })
    expect(hostOutcome(asked)).toEqual({ kind: 'answered' })
  })

  it('but a redirect within the host is the host', () => {
    const hops = [hop(302), hop(503)]
    expect(hostOutcome(attempt({ status: 503, hops }))).toMatchObject({ kind: 'slowDown' })
  })

  it('by having no patience', () => {
    expect(hostOutcome(attempt({ errorName: 'timedOut', patienceSeconds: 1 }))).toBeUndefined()
    expect(hostOutcome(attempt({ errorName: 'timedOut', patienceSeconds: 30 }))).toMatchObject({ kind: 'unreachable' })
  })
})

describe('a response that was stored', () => {
  it('says that somebody is there, unless it asks for time', () => {
    expect(deliveredOutcome(200)).toEqual({ kind: 'answered' })
    expect(deliveredOutcome(404)).toEqual({ kind: 'answered' })
    expect(deliveredOutcome(429)).toBeUndefined()
    expect(deliveredOutcome(503)).toBeUndefined()
  })
})

describe('an attempt that is given back', () => {
  const answered = { kind: 'answered' }

  it.each<[string, HostAttempt['hops'], object | undefined]>([
    ['whose host has answered', [hop(200)], answered],
    ['whose host has led it elsewhere', [hop(302), hop(200, 'elsewhere.example.com')], answered],
    ['whose host has answered before its last connection failed', [hop(206), hop(null)], answered],
    ['whose host has asked for time last', [hop(206), hop(503)], undefined],
    ['that no one has answered', [hop(null)], undefined],
    ['that only another host has answered', [hop(200, 'elsewhere.example.com')], undefined],
    ['without a request', [], undefined],
  ])('%s says so of its host, or nothing', (_, hops, outcome) => {
    expect(givenBackOutcome(host, hops)).toEqual(outcome)
  })
})
