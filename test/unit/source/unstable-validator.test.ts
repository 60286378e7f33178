import { describe, expect, it } from 'vitest'
import { maxNoteLength } from '#transfer/http/rules/response-note.ts'
import {
  isTagUnstable,
  type SaidVersion,
  saidVersion,
  validatorUnstable,
} from '#transfer/source/rules/unstable-validator.ts'

const date = 'Tue, 24 Nov 2026 12:00:00 GMT'
const begun: SaidVersion = { etag: '"a"', lastModified: date, total: 1000 }

describe('a tag that another response has not', () => {
  it('is unstable when size and date stay', () => {
    expect(isTagUnstable(begun, { ...begun, etag: '"b"' })).toBe(true)
  })

  it.each<[string, Partial<SaidVersion>, Partial<SaidVersion>]>([
    ['it is the same', {}, {}],
    ['the date is another', {}, { etag: '"b"', lastModified: 'Tue, 24 Nov 2026 12:00:01 GMT' }],
    ['the size is another', {}, { etag: '"b"', total: 1001 }],
    ['no response has a date', { lastModified: null }, { etag: '"b"', lastModified: null }],
    ['the size is not known', { total: null }, { etag: '"b"', total: null }],
    ['it was weak, and never a validator', { etag: 'W/"a"' }, { etag: '"b"' }],
    ['the other one is weak', {}, { etag: 'W/"a"' }],
    ['there is none any more', {}, { etag: null }],
    ['there was none', { etag: null }, { etag: '"b"' }],
  ])('is not, when %s', (_, before, later) => {
    expect(isTagUnstable({ ...begun, ...before }, { ...begun, ...later })).toBe(false)
  })

  it('is noted in one sentence that fits', () => {
    expect(validatorUnstable.detail.length).toBeLessThanOrEqual(maxNoteLength)
  })
})

describe('what a response says of its version', () => {
  const headers = { etag: '"a"', 'last-modified': date }
  it.each<[number, Record<string, string>, number | null]>([
    [200, { 'content-length': '1000' }, 1000],
    [200, {}, null],
    [200, { 'content-length': '1e3' }, null],
    [206, { 'content-length': '500', 'content-range': 'bytes 500-999/1000' }, 1000],
    [206, { 'content-length': '500', 'content-range': 'bytes 500-999/*' }, null],
    [206, { 'content-length': '500' }, null],
    [503, { 'content-length': '1000' }, null],
  ])('with %i and %j is a size of %j', (status, fields, total) => {
    expect(saidVersion(status, { ...headers, ...fields })).toEqual({ ...begun, total })
  })
})
