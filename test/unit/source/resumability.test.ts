import { expect, it } from 'vitest'
import { resumability } from '#transfer/source/rules/resumability.ts'

const tag = { etag: '"1"' }
const modified = 'Tue, 24 Nov 2026 12:00:00 GMT'
const dated = { 'last-modified': modified, date: 'Tue, 24 Nov 2026 13:00:00 GMT' }
const well = { isTagUnstable: false, areRangesUnusable: false }

it.each([
  [tag, {}, '"1"', null],
  [dated, {}, modified, null],
  [{ ...tag, 'accept-ranges': 'bytes' }, {}, '"1"', null],
  [{}, {}, null, 'noStrongValidator'],
  [{ etag: 'W/"1"' }, {}, null, 'noStrongValidator'],
  [{ etag: 'W/"1"', ...dated }, {}, null, 'noStrongValidator'],
  [{ 'last-modified': modified, date: modified }, {}, null, 'noStrongValidator'],
  [{ ...tag, ...dated }, { isTagUnstable: true }, null, 'noStrongValidator'],
  [{ 'accept-ranges': 'none' }, {}, null, 'noStrongValidator'],
  [{ ...tag, 'accept-ranges': ' None ' }, {}, null, 'rangesNotSupported'],
  [{ ...dated, 'accept-ranges': 'none' }, {}, null, 'rangesNotSupported'],
  [tag, { areRangesUnusable: true }, null, 'rangesNotSupported'],
  [dated, { areRangesUnusable: true }, null, 'rangesNotSupported'],
  [{ ...tag, 'content-encoding': 'gzip' }, {}, null, 'contentEncoded'],
  [{ 'content-encoding': 'br' }, { areRangesUnusable: true }, null, 'contentEncoded'],
  [{ ...tag, 'content-encoding': 'identity' }, {}, '"1"', null],
] as const)('a response with %j, %j known: %s, %s', (headers, known, validator, notResumable) => {
  expect(resumability(headers as Record<string, string>, { ...well, ...known })).toEqual({ validator, notResumable })
})
