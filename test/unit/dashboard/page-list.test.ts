import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isJoined,
  noPages,
  olderPage,
  type PageList,
  type ReadPage,
  rowsOf,
  withReading,
} from '#dashboard/rules/page-list.ts'

type Row = number
const keyOf = (row: Row) => String(row)
const size = 10
/** Newest first: from one number down to another. */
const rows = (from: number, to: number) => Array.from({ length: Math.max(0, from - to + 1) }, (_, n) => from - n)

interface Served {
  list: PageList<Row>
  requests: number
}

/** Reads from a cursor until it is joined, from a service that has these rows, as the service gives them. */
function read(list: PageList<Row>, all: readonly Row[], cursor: string | null, readAt = 1): Served {
  const pages: ReadPage<Row>[] = []
  let at = cursor
  do {
    const left = all.filter((row) => at === null || row < Number(at))
    pages.push({ cursor: at, rows: left.slice(0, size), readAt })
    at = left.length > size ? String(left[size - 1]) : null
  } while (!isJoined(list, { pages, next: at }, keyOf))
  return { list: withReading(list, { pages, next: at }, keyOf, size), requests: pages.length }
}

/** As many pages as "More" was pressed for. */
function readPages(all: readonly Row[], count: number): PageList<Row> {
  let list: PageList<Row> = { ...noPages, asked: count }
  for (let n = 0; n < count; n++) list = read(list, all, list.next).list
  return list
}

describe('a list that is read by "More"', () => {
  it('is read page by page to its end', () => {
    const list = readPages(rows(35, 1), 3)
    expect([rowsOf(list), list.next]).toEqual([rows(35, 6), '6'])
    const whole = read({ ...list, asked: 4 }, rows(35, 1), list.next).list
    expect([rowsOf(whole), whole.next]).toEqual([rows(35, 1), null])
    expect(rowsOf(readPages([], 1))).toEqual([])
  })

  it('takes new rows at its top by one request, and the other pages stay', () => {
    const { list, requests } = read(readPages(rows(100, 1), 5), rows(104, 1), null)
    expect([rowsOf(list), requests]).toEqual([rows(104, 51), 1])
    expect(rowsOf(read({ ...list, asked: 6 }, rows(104, 1), list.next).list)).toEqual(rows(104, 41))
  })

  it('skips none when more than a page of new rows came', () => {
    const { list, requests } = read(readPages(rows(100, 1), 5), rows(125, 1), null)
    expect([rowsOf(list).slice(0, 50), requests]).toEqual([rows(125, 76), 3])
  })

  it('has only the newest when all of it was replaced, and "More" goes on behind them', () => {
    const { list, requests } = read(readPages(rows(100, 1), 2), rows(900, 1), null)
    expect([rowsOf(list), list.next, requests]).toEqual([rows(900, 881), '881', 2])
  })

  it('does not grow by what comes: as much is shown as was asked for', () => {
    let list = readPages(rows(100, 1), 2)
    for (let newest = 101; newest <= 160; newest++) list = read(list, rows(newest, 1), null).list
    expect(rowsOf(list).length).toBeLessThanOrEqual(3 * size)
    expect(rowsOf(list)).toEqual(rows(160, 160 - rowsOf(list).length + 1))
    expect(list.next).toBe(String(rowsOf(list).at(-1)))
  })

  it('loses what is gone from the page that is read again', () => {
    const all = rows(50, 1).filter((row) => row !== 50 && row !== 33)
    const list = readPages(rows(50, 1), 3)
    const again = read(list, all, null).list
    expect(rowsOf(again)).toEqual(rows(49, 21))
    expect(rowsOf(read(again, all, again.pages[1]!.cursor).list)).not.toContain(50)
    expect(rowsOf(read(list, all, '41').list)).toEqual(rows(50, 21).filter((row) => row !== 33))
  })

  it('has a new row in the middle and at the end when that page is read again', () => {
    const some = rows(30, 1).filter((row) => row % 2 === 0 || row > 15)
    const list = readPages(some, 3)
    const last = list.pages.at(-1)!.cursor
    expect(rowsOf(read(list, rows(30, 0), last).list).slice(-3)).toEqual([2, 1, 0])
  })

  it('reads the page again that was read longest ago, when something has changed since', () => {
    const list = readPages(rows(50, 1), 3)
    expect(olderPage(list)).toBeNull()
    const told = { ...list, toldAt: 5 }
    expect(olderPage(told)?.cursor).toBe('41')
    const first = read(told, rows(50, 1), '41', 6).list
    expect(olderPage(first)?.cursor).toBe('31')
    expect(olderPage(read(first, rows(50, 1), '31', 6).list)).toBeNull()
  })

  it('has no row twice and none too few, whatever comes and goes, once all its pages are read again', () => {
    const step = fc.record({
      news: fc.nat({ max: 35 }),
      gone: fc.array(fc.nat({ max: 200 }), { maxLength: 8 }),
      page: fc.nat({ max: 6 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), (steps, count) => {
        let all = rows(60, 1)
        let list = readPages(all, count)
        for (const { news, gone, page } of steps) {
          const newest = (all[0] ?? 0) + news
          all = [...rows(newest, (all[0] ?? 0) + 1), ...all].filter((row) => !gone.includes(row))
          list = read(list, all, list.pages[Math.min(page, list.pages.length - 1)]!.cursor).list
          expect(rowsOf(list)).toEqual([...new Set(rowsOf(list))].sort((a, b) => b - a))
        }
        for (let n = 0; n < list.pages.length; n++) list = read(list, all, list.pages[n]!.cursor).list
        expect(rowsOf(list)).toEqual(all.slice(0, rowsOf(list).length))
        expect(list.next === null).toBe(rowsOf(list).length === all.length)
      }),
    )
  })
})
