import { describe, expect, it } from 'vitest'
import type { BodyCut } from '#core/tasks/rules/task.ts'
import { cutDetail, nextCut } from '#core/transfers/rules/body-cut.ts'

const body = (bytes: number, resumedFrom: number | null = null, status: number | null = resumedFrom ? 206 : 200) => ({
  ...{ status, resumedFrom, countOfResponseBodyBytesReceived: bytes },
})
const redirect = body(0, null, 302)
const cut = (before: BodyCut | null, transactions: ReturnType<typeof body>[], bytesReceived: number) =>
  nextCut(before, { errorName: 'networkConnectionLost', transactions, bytesReceived })

describe('bodies that are cut', () => {
  it('at the same byte are counted', () => {
    let row: BodyCut | null = null
    for (const times of [1, 2, 3]) {
      row = cut(row, [redirect, body(10)], 10)
      expect(row).toEqual({ at: 10, bytesReceived: 10, times })
    }
  })

  it('at another byte begin anew, be it more or less', () => {
    const row = { at: 10, bytesReceived: 10, times: 4 }
    expect(cut(row, [body(11)], 11)).toEqual({ at: 11, bytesReceived: 11, times: 1 })
    expect(cut(row, [body(9)], 9)).toEqual({ at: 9, bytesReceived: 9, times: 1 })
  })

  it('at the same byte with more received begin anew: ranges before it came', () => {
    const row = { at: 20, bytesReceived: 10, times: 2 }
    expect(cut(row, [body(5, 5), body(5, 15)], 15)).toEqual({ at: 20, bytesReceived: 15, times: 1 })
  })

  it('that begin anew each time are counted, whatever a decoder has made of them', () => {
    const row = { at: 10, bytesReceived: 725_661, times: 2 }
    expect(cut(row, [body(10)], 664_346)).toEqual({ at: 10, bytesReceived: 664_346, times: 3 })
  })

  it('are where the body that was read ended, not where one began that was thrown away', () => {
    expect(cut(null, [body(0, 50, 200), body(10)], 10)).toEqual({ at: 10, bytesReceived: 10, times: 1 })
  })

  it('are counted where they would go on, also without a byte', () => {
    const row = cut(null, [body(0, 5)], 5)
    expect(cut(row, [body(0, 5)], 5)).toEqual({ at: 5, bytesReceived: 5, times: 2 })
  })

  it('are none when no body began, or the attempt failed otherwise', () => {
    const row = { at: 0, bytesReceived: 0, times: 2 }
    expect(cut(row, [body(0, null, null)], 0)).toBeNull()
    expect(cut(row, [redirect], 0)).toBeNull()
    expect(nextCut(row, { errorName: 'timedOut', transactions: [body(0)], bytesReceived: 0 })).toBeNull()
  })

  it('are told from the second one on', () => {
    expect(cutDetail('it ended', null, 9)).toBe('it ended')
    expect(cutDetail('it ended', { at: 5, bytesReceived: 0, times: 1 }, 9)).toBe('it ended')
    expect(cutDetail('It ended.', { at: 5, bytesReceived: 0, times: 3 }, null)).toBe(
      'It ended; the body has ended at byte 5 for 3 times in a row',
    )
    expect(cutDetail('It ended.', { at: 5, bytesReceived: 0, times: 3 }, 9)).toBe(
      'It ended; the body has ended at byte 5 of 9 for 3 times in a row',
    )
  })
})
