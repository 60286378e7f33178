import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DecisionKind, decisionKinds, readDecision } from '#core/decisions/rules/decision.ts'
import { afterAsking, askingDelaysSeconds } from '#core/decisions/rules/question-retry.ts'

const read = (kind: DecisionKind, answer: unknown) => readDecision(kind, JSON.stringify(answer), { allowed: [] })
const url = 'https://origin.example.com/other'
const credential = { scheme: 'basic', user: 'ann', password: 'se:cret' }

describe('an answer that can be used', () => {
  it.each([
    ['delayedRequest', { disposition: 'continueLoading' }, { disposition: 'continueLoading' }],
    ['delayedRequest', { disposition: 'cancel' }, { disposition: 'cancel' }],
    ['authenticationChallenge', { disposition: 'cancel' }, { disposition: 'cancel' }],
    [
      'delayedRequest',
      { disposition: 'useNewRequest', request: { url: `${url}#top`, headers: { 'X-A': 'b' } } },
      { disposition: 'useNewRequest', request: { url, headers: { 'X-A': 'b' } }, host: 'origin.example.com' },
    ],
    [
      'delayedRequest',
      { disposition: 'useNewRequest', request: { url } },
      { disposition: 'useNewRequest', request: { url, headers: {} }, host: 'origin.example.com' },
    ],
    [
      'authenticationChallenge',
      { disposition: 'useCredential', credential },
      { disposition: 'useCredential', credential },
    ],
    [
      'authenticationChallenge',
      { disposition: 'useCredential', credential: { scheme: 'bearer', token: 'a.b-c==' } },
      { disposition: 'useCredential', credential: { scheme: 'bearer', token: 'a.b-c==' } },
    ],
    // What is given says which scheme is meant.
    [
      'authenticationChallenge',
      { disposition: 'useCredential', credential: { user: 'ann', password: 'se:cret' } },
      { disposition: 'useCredential', credential },
    ],
    [
      'authenticationChallenge',
      { disposition: 'useCredential', credential: { username: 'ann', password: 'se:cret' } },
      { disposition: 'useCredential', credential },
    ],
    [
      'authenticationChallenge',
      { disposition: 'useCredential', credential: { token: 'a.b-c==' } },
      { disposition: 'useCredential', credential: { scheme: 'bearer', token: 'a.b-c==' } },
    ],
  ] as const)('to a %s: %j', (kind, given, answer) => {
    expect(read(kind, given)).toEqual({ answer })
  })
})

describe('an answer that cannot be used', () => {
  const request = (given: unknown) => ({ disposition: 'useNewRequest', request: given })
  const use = (given: unknown) => ({ disposition: 'useCredential', credential: given })
  it.each([
    ['delayedRequest', null, 'not a JSON object'],
    ['delayedRequest', [], 'not a JSON object'],
    ['delayedRequest', {}, '/disposition'],
    ['delayedRequest', { disposition: 'useCredential', credential }, '/disposition'],
    ['authenticationChallenge', { disposition: 'continueLoading' }, '/disposition'],
    ['delayedRequest', { disposition: 'performDefaultHandling' }, '/disposition'],
    ['delayedRequest', { disposition: ['cancel'] }, '/disposition'],
    ['delayedRequest', { disposition: 'cancel', request: { url } }, 'does not belong'],
    ['delayedRequest', { disposition: 'continueLoading', why: 'so' }, 'does not belong'],
    ['delayedRequest', request(undefined), '/request is not an object'],
    ['delayedRequest', request({}), '/request/url'],
    ['delayedRequest', request({ url, method: 'POST' }), '/request has a field'],
    ['delayedRequest', request({ url: 'https://10.0.0.1/' }), '/request/url: The address is not a public one.'],
    ['delayedRequest', request({ url: 'ftp://origin.example.com/' }), '/request/url'],
    ['delayedRequest', request({ url: 'https://localhost/' }), '/request/url'],
    ['delayedRequest', request({ url, headers: { Host: 'a' } }), '/request/headers'],
    ['delayedRequest', request({ url, headers: { a: 1 } }), '/request/headers'],
    ['delayedRequest', request({ url, headers: ['a'] }), '/request/headers'],
    ['authenticationChallenge', use('basic'), '/credential is not an object'],
    ['authenticationChallenge', use({ scheme: 'digest', user: 'a', password: 'b' }), '/credential/scheme'],
    ['authenticationChallenge', use({ ...credential, user: 'a:b' }), '/credential/user'],
    ['authenticationChallenge', use({ ...credential, password: 'a\r\nX: y' }), '/credential/password'],
    ['authenticationChallenge', use({ ...credential, token: 'x' }), '/credential has a field'],
    ['authenticationChallenge', use({ ...credential, username: 'ann' }), '/credential has a field'],
    ['authenticationChallenge', use({ user: 'ann', password: 'x', token: 'x' }), '/credential has a field'],
    ['authenticationChallenge', use({ username: 'a:b', password: 'x' }), '/credential/user'],
    ['authenticationChallenge', use({}), '/credential/user'],
    ['authenticationChallenge', use({ scheme: 'bearer', token: 'a b' }), '/credential/token'],
    ['authenticationChallenge', use({ scheme: 'bearer', token: '' }), '/credential/token'],
  ] as const)('to a %s: %j', (kind, given, why) => {
    expect(read(kind, given)).toEqual({ unusable: expect.stringContaining(why) })
  })

  it('is one that was cut, or has grown to where it would be', () => {
    const padded = JSON.stringify({ disposition: 'cancel' }).padEnd(16_384)
    expect(readDecision('delayedRequest', padded, { allowed: [] })).toEqual({
      unusable: 'the answer is 16 KiB or longer',
    })
    expect(readDecision('delayedRequest', padded.slice(0, -1), { allowed: [] })).toHaveProperty('answer')
  })

  it('is never quoted, whatever is wrong with it', () => {
    for (const given of [
      use({ scheme: 'basic', user: 'hunter2', password: 'hunter2', hunter2: 'hunter2' }),
      use({ scheme: 'bearer', token: 'hunter2 hunter2' }),
      request({ url: 'https://hunter2@origin.example.com/' }),
      request({ url, headers: { 'Proxy-hunter2': 'hunter2' } }),
      { disposition: 'hunter2' },
    ])
      for (const kind of decisionKinds) {
        const reading = read(kind, given)
        expect(reading).toHaveProperty('unusable')
        expect(JSON.stringify(reading)).not.toContain('hunter2')
      }
  })
})

describe('reading', () => {
  const kind = fc.constantFrom(...decisionKinds)

  it('never throws, and takes nothing whose disposition it does not know', () => {
    fc.assert(
      fc.property(kind, fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (asked, body) => {
        const reading = readDecision(asked, body, { allowed: [] })
        if ('answer' in reading) expect(JSON.parse(body).disposition).toBe(reading.answer.disposition)
        else expect(reading.unusable).not.toBe('')
      }),
    )
  })

  it('never throws at the right fields with wrong values either', () => {
    const anything = fc.jsonValue()
    const answer = fc.record(
      {
        disposition: fc.constantFrom('continueLoading', 'useNewRequest', 'useCredential', 'cancel'),
        request: fc.oneof(anything, fc.record({ url: fc.oneof(anything, fc.webUrl()), headers: anything })),
        credential: fc.oneof(
          anything,
          fc.record({ scheme: fc.constantFrom('basic', 'bearer'), user: anything, password: anything }),
        ),
      },
      { requiredKeys: ['disposition'] },
    )
    fc.assert(
      fc.property(kind, answer, (asked, given) => {
        expect(Object.keys(read(asked, given))).toHaveLength(1)
      }),
    )
  })
})

describe('asking', () => {
  const times = { nowMs: 1_000, expiresAtMs: 301_000 }
  const nothing = { status: null, retryAfterSeconds: null }

  it('is repeated quickly, then every minute', () => {
    const waits = [1, 2, 3, 4, 5, 20].map((attempts) => {
      const next = afterAsking(nothing, false, attempts, times, 0.5)
      return next.kind === 'retry' ? (next.atMs - times.nowMs) / 1000 : next.kind
    })
    expect(waits).toEqual([5, 15, 30, 60, 60, 60])
    expect(askingDelaysSeconds[0]).toBe(0)
  })

  it('ends with a usable answer, with 410, and before the fallback', () => {
    expect(afterAsking({ status: 200, retryAfterSeconds: null }, true, 1, times, 0.5)).toEqual({ kind: 'succeeded' })
    expect(afterAsking({ status: 410, retryAfterSeconds: null }, false, 1, times, 0.5)).toEqual({ kind: 'gone' })
    expect(afterAsking({ status: 503, retryAfterSeconds: 299 }, false, 1, times, 0.5)).toMatchObject({ kind: 'retry' })
    expect(afterAsking({ status: 503, retryAfterSeconds: 300 }, false, 1, times, 0.5)).toEqual({ kind: 'failed' })
  })
})
