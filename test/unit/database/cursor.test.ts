import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCursor, encodeCursor, pageOf, typeidShape } from '#core/database/cursor.ts'
import { AppError } from '#core/kernel/rules/errors.ts'
import { mint } from '#core/runtime/crypto.ts'

describe('a cursor', () => {
  it('is read back as it was given', () => {
    const id = mint.id('tsk')
    expect(decodeCursor(encodeCursor(id), typeidShape)).toBe(id)
    expect(decodeCursor(undefined, typeidShape)).toBeUndefined()
    expect(encodeCursor(id)).toMatch(/^[\w-]+$/)
  })

  it.each([
    ...['', 'x', '*', 'tsk_01jd8zc7v9f1yb5v6m3k2x4w8q', 'tsk_', "' or 1=1 --", 'tsk_01jd8zc7v9f1yb5v6m3k2x4w8q\n'].map(
      (text) => [text],
    ),
  ])('that no list gave is refused: %j', (text) => {
    const attempts = text.startsWith('tsk_01jd8zc7v9f1yb5v6m3k2x4w8q') ? [text] : [text, encodeCursor(text)]
    for (const cursor of attempts) {
      let refusal: unknown
      try {
        decodeCursor(cursor, typeidShape)
      } catch (error) {
        refusal = error
      }
      expect(refusal).toBeInstanceOf(AppError)
      expect(refusal).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/query/cursor', code: 'cursor' }] })
    }
  })

  it('with a line break behind its key is refused', () => {
    expect(() => decodeCursor(encodeCursor(`${mint.id('tsk')}\n`), typeidShape)).toThrow(AppError)
  })

  it('is a key of the right shape or a refusal, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (cursor) => {
        try {
          return typeidShape.test(decodeCursor(cursor, typeidShape) ?? '')
        } catch (error) {
          return error instanceof AppError
        }
      }),
    )
  })
})

describe('a page', () => {
  it('leads to every row once, whatever the limit', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.integer({ min: 1, max: 12 }), (count, limit) => {
        const rows = Array.from({ length: count }, (_, index) => String(index).padStart(3, '0'))
        const seen: string[] = []
        let cursor: string | undefined
        for (let pages = 0; pages <= count; pages++) {
          const after = decodeCursor(cursor, /^\d{3}$/)
          const found = rows.filter((row) => after === undefined || row > after).slice(0, limit + 1)
          const page = pageOf(
            found,
            limit,
            (row) => row,
            (row) => `row ${row}`,
          )
          expect(page.data.length).toBeLessThanOrEqual(limit)
          seen.push(...page.data)
          if (page.nextCursor === null) break
          cursor = page.nextCursor
        }
        expect(seen).toEqual(rows.map((row) => `row ${row}`))
      }),
    )
  })

  it('has no next one when its rows are all there are', () => {
    expect(pageOf(['a', 'b'], 2, String, String)).toEqual({ data: ['a', 'b'], nextCursor: null })
    expect(pageOf([], 2, String, String)).toEqual({ data: [], nextCursor: null })
    expect(pageOf(['a', 'b', 'c'], 2, String, String).nextCursor).toBe(encodeCursor('b'))
  })
})
