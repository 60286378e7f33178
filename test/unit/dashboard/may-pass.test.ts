import { BackhaulError } from '@backhaul/sdk'
import { describe, expect, it } from 'vitest'
import { mayPass } from '#dashboard/rules/may-pass.ts'

const answered = (status: number) =>
  new BackhaulError({ type: 'about:blank', title: 'no', status, detail: 'no', code: 'internal' } as never)

describe('a question that failed', () => {
  it.each([0, 200, 429, 500, 503])('is asked again after a trouble that may pass: %i', (status) => {
    expect(mayPass(answered(status))).toBe(true)
  })
  it.each([400, 401, 403, 404, 409, 410, 422])('is not asked again after a refusal: %i', (status) => {
    expect(mayPass(answered(status))).toBe(false)
  })
  it('is asked again after an answer that cannot be read', () => {
    expect(mayPass(new SyntaxError('Unexpected token'))).toBe(true)
  })
})
