import { describe, expect, it } from 'vitest'
import { isDoubtfulWhole, mayPass, type RangeRefusal, refusesIfRange } from '#transfer/source/rules/range-refusal.ts'

it('If-Range is refused by 400 and 412, and by nothing else', () => {
  const statuses = [200, 206, 304, 400, 401, 403, 404, 405, 406, 409, 412, 416, 428, 500, 501]
  expect(statuses.filter(refusesIfRange)).toEqual([400, 412])
})

describe('a 200 to a request for a range', () => {
  const begun = { url: 'https://example.com/file.zip', mimeType: 'application/zip' }

  it('is believed at the same place and of the same type', () => {
    expect(isDoubtfulWhole({ ...begun }, begun)).toBe(false)
    expect(isDoubtfulWhole({ ...begun, mimeType: null }, { ...begun, mimeType: null })).toBe(false)
  })

  it.each([
    { ...begun, url: 'https://example.com/login' },
    { ...begun, url: 'https://login.example.com/file.zip' },
    { ...begun, url: 'https://example.com/file.zip?session=expired' },
    { ...begun, url: 'http://example.com/file.zip' },
    { ...begun, mimeType: 'text/html' },
    { ...begun, mimeType: null },
    { url: 'https://example.com/login', mimeType: 'text/html' },
  ])('is doubted as %j', (found) => {
    expect(isDoubtfulWhole(found, begun)).toBe(true)
  })
})

describe('a refusal of a range', () => {
  const by = (status: number): RangeRefusal => ({ by: 'status', status })

  it.each<RangeRefusal>([
    { by: 'noResponse' },
    { by: 'doubtfulWhole', isSameType: true },
    ...[408, 420, 421, 425, 430, 500, 502, 504, 507, 520, 599].map(by),
  ])('may pass: %j', (refusal) => {
    expect(mayPass(refusal)).toBe(true)
  })

  it.each<RangeRefusal>([
    { by: 'doubtfulWhole', isSameType: false },
    ...[202, 204, 302, 304, 400, 401, 403, 404, 405, 406, 410, 412, 451, 501, 505].map(by),
  ])('comes again: %j', (refusal) => {
    expect(mayPass(refusal)).toBe(false)
  })
})
