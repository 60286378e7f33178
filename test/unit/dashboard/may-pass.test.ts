import { describe, expect, it } from 'vitest'
import { mayPass } from '#dashboard/rules/may-pass.ts'

describe('a question that failed', () => {
  it.each([0, 200, 429, 500, 503])('is asked again after a trouble that may pass: %i', (status) => {
    expect(mayPass(status)).toBe(true)
  })
  it.each([400, 401, 403, 404, 409, 410, 422])('is not asked again after a refusal: %i', (status) => {
    expect(mayPass(status)).toBe(false)
  })
})
