import { describe, expect, it } from 'vitest'
import { judgeQuestion } from '#core/decisions/rules/question-retry.ts'

const now = Date.UTC(2026, 10, 22)
const answer = (status: number | null, changes = {}) => ({ status, error: null, retryAfterSeconds: null, ...changes })
const cancel = { answer: { disposition: 'cancel' as const } }
const judge = (given: ReturnType<typeof answer>, expiresAtMs: number | null = now + 3_600_000) =>
  judgeQuestion(given, 1, { nowMs: now, expiresAtMs }, 0.5)

describe('what follows for a question', () => {
  it('is that a usable answer is kept', () => {
    const kept = { outcome: { kind: 'succeeded' }, error: null, usable: cancel.answer }
    expect(judge(answer(200, { decision: cancel }))).toEqual(kept)
  })

  it.each([
    ['cannot be used', answer(200, { decision: { unusable: 'the answer is not a JSON object' } })],
    ['is none', answer(503)],
  ])('is another attempt soon when the answer %s', (_, given) => {
    expect(judge(given)).toMatchObject({ outcome: { kind: 'retry', atMs: now + 5_000 }, usable: null })
  })

  it('names why an answer cannot be used', () => {
    const { error } = judge(answer(200, { decision: { unusable: 'the answer is not a JSON object' } }))
    expect(error).toBe('not usable: the answer is not a JSON object')
  })

  it.each([
    ['that is closed', null],
    ['whose time is over', now],
  ])('%s is that nothing is kept', (_, expiresAtMs) => {
    const late = judge(answer(200, { decision: cancel }), expiresAtMs)
    expect(late).toEqual({ outcome: { kind: 'failed' }, error: 'nobody waits for this answer any more', usable: null })
  })

  it('is that the endpoint is disabled by a 410, also when nobody waits', () => {
    expect(judge(answer(410), null).outcome).toEqual({ kind: 'gone' })
    expect(judge(answer(410)).outcome).toEqual({ kind: 'gone' })
  })
})
