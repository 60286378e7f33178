import { describe, expect, it } from 'vitest'
import { reconnectDelayMs } from '#sdk/rules/reconnect.ts'
import { retryAfterMs } from '#sdk/rules/retry-after.ts'
import { type Failure, retryDelayMs } from '#sdk/rules/retry-policy.ts'

const noResponse = { status: 0, code: 'connection_failed', retryAfterMs: null }
const unavailable = { status: 503, code: 'unavailable', retryAfterMs: null }
const limited = { status: 429, code: 'rate_limited', retryAfterMs: 2_000 }

describe('the delay before a call is repeated', () => {
  it.each([
    ['a network fault, at once', noResponse, 1, 0, 500],
    ['with jitter, up to half of it earlier', noResponse, 1, 0.999_999, 250],
    ['twice as long each time', noResponse, 3, 0, 2_000],
    ['up to 8 s', noResponse, 40, 0, 8_000],
    ['however often', noResponse, 5_000, 0, 8_000],
    ['503 without Retry-After', unavailable, 2, 0, 1_000],
    ['never sooner than Retry-After', limited, 1, 0, 2_000],
    ['with jitter behind Retry-After', limited, 1, 0.999_999, 2_250],
    ['a Retry-After of a minute', { ...unavailable, retryAfterMs: 60_000 }, 1, 0, 60_000],
    [
      'an hour of Retry-After, where it is repeated for ever',
      { ...unavailable, retryAfterMs: 3_600_000 },
      1,
      0,
      3_600_000,
    ],
    ['429 without Retry-After', { ...limited, retryAfterMs: null }, 1, 0, 500],
    ['a quota that says when', { status: 429, code: 'quota_exceeded', retryAfterMs: 1_000 }, 1, 0, 1_000],
    [
      'a key that is in use by the first attempt',
      { ...limited, status: 409, code: 'idempotency_key_in_use' },
      1,
      0,
      2_000,
    ],
    ['502 of a proxy', { ...unavailable, status: 502, code: 'unexpected_response' }, 1, 0, 500],
    ['504 of a proxy', { ...unavailable, status: 504, code: 'unexpected_response' }, 1, 0, 500],
  ])('is for %s', (_what, failure, attempts, random, ms) => {
    expect(retryDelayMs(failure, attempts, Number.POSITIVE_INFINITY, random)).toBeCloseTo(ms, 0)
  })

  const never: [string, Failure, number][] = [
    ['when it was repeated as often as it may', noResponse, 4],
    ['for more than a minute', { ...unavailable, retryAfterMs: 60_001 }, 1],
    ['for a quota that is used up', { status: 429, code: 'quota_exceeded', retryAfterMs: null }, 1],
  ]
  const statuses = [400, 401, 403, 404, 409, 410, 422, 500]
  const refusals = statuses.map((status): [string, Failure, number] => [
    `after ${status}`,
    { status, code: 'any', retryAfterMs: null },
    1,
  ])
  it.each([...never, ...refusals])('is none %s', (_what, failure, attempts) => {
    expect(retryDelayMs(failure, attempts, 3, 0)).toBeNull()
  })
})

describe('Retry-After', () => {
  const nowMs = Date.parse('2026-11-30T12:00:00Z')
  it.each([
    ['2', 2_000],
    [' 0 ', 0],
    ['Mon, 30 Nov 2026 12:00:05 GMT', 5_000],
    ['Mon, 30 Nov 2026 11:00:00 GMT', 0],
    ['99999999999', 86_400_000],
    ['soon', null],
    ['-5', null],
    ['1.5', null],
    ['in 5', null],
    ['', null],
    [null, null],
  ])('%j is %j ms', (field, ms) => expect(retryAfterMs(field, nowMs)).toBe(ms))
})

describe('the delay before a stream is opened again', () => {
  it.each([
    [1, null, 0, 500],
    [1, null, 0.5, 375],
    [4, null, 0, 4_000],
    [50, null, 0, 15_000],
    [1, 30_000, 0.9, 30_000],
  ])('is after %i failures, Retry-After %j and a random %d, %i ms', (failures, asked, random, ms) => {
    expect(reconnectDelayMs(failures, asked, random)).toBe(ms)
  })
})
