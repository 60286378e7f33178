import { describe, expect, expectTypeOf, it } from 'vitest'
import { decisionOf, readDecision } from '#core/decisions/rules/decision.ts'
import { eventTypeNames } from '#core/events/rules/event.ts'
import {
  asksForDecision,
  byType,
  cancel,
  continueLoading,
  type HandledEvent,
  type TaskAuthenticationChallengeEvent,
  type TaskCompletedEvent,
  useCredential,
  useNewRequest,
} from '#webhooks/index.ts'

const eventOf = (type: string) => ({ type }) as HandledEvent
const delivery = { webhookId: 'evt_1', attemptedAt: new Date() }

describe('the answers to decisions', () => {
  const request = { url: 'https://example.com/a', headers: { 'X-A': 'b' } }
  it.each([
    ['delayedRequest', continueLoading()],
    ['delayedRequest', useNewRequest({ url: 'https://example.com/' })],
    ['delayedRequest', useNewRequest(request)],
    ['delayedRequest', cancel()],
    ['authenticationChallenge', useCredential({ token: 'abc' })],
    ['authenticationChallenge', useCredential({ scheme: 'bearer', token: 'abc' })],
    ['authenticationChallenge', useCredential({ user: 'a', password: 'b' })],
    ['authenticationChallenge', cancel()],
  ] as const)('to a %s, %j can be used by the service', (kind, answer) => {
    expect(readDecision(kind, JSON.stringify(answer), { allowed: [] })).toMatchObject({
      answer: { disposition: answer.disposition },
    })
  })

  it.each(eventTypeNames)('%s asks exactly when the service takes an answer', (type) => {
    expect(asksForDecision(eventOf(type))).toBe(decisionOf(type) !== null)
  })
})

describe('handlers by type', () => {
  it('get events of their type, and what they return is the answer', async () => {
    const seen: string[] = []
    const handle = byType({
      'task.completed': (event) => {
        expectTypeOf(event).toEqualTypeOf<TaskCompletedEvent>()
        seen.push(event.type)
      },
      'task.authentication_challenge': async (event) => {
        expectTypeOf(event).toEqualTypeOf<TaskAuthenticationChallengeEvent>()
        return useCredential({ token: 'abc' })
      },
    })
    expect(await handle(eventOf('task.completed'), delivery)).toBeUndefined()
    expect(await handle(eventOf('task.authentication_challenge'), delivery)).toEqual(useCredential({ token: 'abc' }))
    expect(seen).toEqual(['task.completed'])
  })

  it.each(['session.wake', 'an.event_of_tomorrow', 'toString', '__proto__'])('leave %s alone', async (type) => {
    expect(await byType({})(eventOf(type), delivery)).toBeUndefined()
  })

  it('must answer what asks, with an answer that fits', () => {
    // @ts-expect-error: it asks.
    byType({ 'task.authentication_challenge': () => {} })
    // @ts-expect-error: a delayed request has no use for a credential.
    byType({ 'task.will_begin_delayed_request': () => useCredential({ token: 'abc' }) })
    // @ts-expect-error: there is no such event.
    byType({ 'task.complete': () => {} })
    // @ts-expect-error: handlers are not asked for the answer to a challenge.
    byType({ 'endpoint.verification': () => {} })
  })
})
