import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answersChallenge, verificationBody } from '#core/endpoints/rules/verification.ts'

const challenge = 'a-challenge'

describe('a challenge', () => {
  it.each([
    ['as it is', '{"challenge":"a-challenge"}'],
    ['beside other members', '\n{ "ok": true, "challenge": "a-challenge" }'],
  ])('is met by JSON that repeats it, %s', (_, body) => {
    expect(answersChallenge(body, challenge)).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['text', 'a-challenge'],
    ['a JSON text', '"a-challenge"'],
    ['null', 'null'],
    ['an array', '[{"challenge":"a-challenge"}]'],
    ['another one', '{"challenge":"a-Challenge"}'],
    ['an object in its place', '{"challenge":{"challenge":"a-challenge"}}'],
    ['an answer that was cut', '{"challenge":"a-challenge"'],
    ['an echo', verificationBody({ id: 'att_1', endpointId: 'whe_1', challenge }, new Date(0))],
  ])('is not met by %s', (_, body) => {
    expect(answersChallenge(body, challenge)).toBe(false)
  })

  it('is never met by chance, whatever comes', () => {
    fc.assert(fc.property(fc.oneof(fc.json(), fc.string()), (body) => !answersChallenge(body, challenge)))
  })

  it('says what it is, when it was asked and for which endpoint', () => {
    expect(JSON.parse(verificationBody({ id: 'att_1', endpointId: 'whe_1', challenge }, new Date(0)))).toEqual({
      id: 'att_1',
      type: 'endpoint.verification',
      timestamp: '1970-01-01T00:00:00.000Z',
      data: { endpointId: 'whe_1', challenge },
    })
  })
})
