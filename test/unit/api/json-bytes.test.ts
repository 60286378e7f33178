import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonBytes } from '#api/http/json-bytes.ts'

describe('jsonBytes', () => {
  it('writes every object as JSON.stringify does', () => {
    const member = fc.oneof(
      fc.jsonValue(),
      fc.constant(undefined),
      fc.array(fc.option(fc.jsonValue(), { nil: undefined })),
    )
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), member), (value) => {
        expect(jsonBytes(value).toString()).toBe(JSON.stringify(value))
      }),
    )
  })
})
