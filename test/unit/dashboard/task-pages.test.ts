import { describe, expect, it } from 'vitest'
import { inParallel } from '#dashboard/rules/in-parallel.ts'
import { rowWindow } from '#dashboard/rules/row-window.ts'
import { limitFor, placeOfTask, type Segment, segmentsIn, unread, withPage } from '#dashboard/rules/task-pages.ts'

type Row = string
const place = (row: Row) => row
const rowsOf = (segments: readonly Segment<Row>[]) => segments.flatMap(({ rows }) => rows)
/** Rows from one number down to another; they sort as their numbers do. */
const rows = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, n) => `${1000 + from - n}`)

/** Pages of what there is, as the service gives them. */
function serve(all: readonly Row[], cursor: string | null, limit: number) {
  const left = all.filter((row) => cursor === null || row < cursor)
  const data = left.slice(0, limit)
  return { data, nextCursor: left.length > limit ? data.at(-1)! : null }
}
const read = (segments: readonly Segment<Row>[], all: readonly Row[], cursor: string | null, limit: number) =>
  withPage(segments, cursor, serve(all, cursor, limit), place)
function readAll(segments: readonly Segment<Row>[], all: readonly Row[], limit: number) {
  for (let n = 0; n < segments.length; n++) segments = read(segments, all, segments[n]!.cursor, limit)
  return segments
}

describe('a list that is read page by page', () => {
  it('has all rows in their order when all pages are read', () => {
    const all = rows(250, 1)
    expect(rowsOf(readAll(unread, all, 100))).toEqual(all)
    expect(readAll(unread, all, 100)).toHaveLength(3)
    expect(rowsOf(readAll(unread, [], 100))).toEqual([])
  })

  it('takes new rows at its top, and skips none when more have come than a page holds', () => {
    const before = readAll(unread, rows(250, 1), 100)
    expect(rowsOf(read(before, rows(260, 1), null, 200))).toEqual(rows(260, 1))
    const many = rows(900, 1)
    const after = read(before, many, null, 200)
    expect(rowsOf(after)).toEqual([...rows(900, 701), ...rows(250, 1)])
    // What lies between is read when it is looked at.
    expect(rowsOf(readAll(after, many, 200))).toEqual(many)
  })

  it('loses rows that are gone or fit no more, and keeps the other pages', () => {
    const before = readAll(unread, rows(250, 1), 100)
    const odd = rows(250, 1).filter((row) => Number(row) % 2 === 1)
    const second = before[1]!.cursor
    const after = read(before, odd, second, 100)
    expect(rowsOf(after)).toEqual([
      ...rows(250, 151),
      ...odd.filter((row) => row >= '1051' && row < second!),
      ...rows(50, 1),
    ])
    expect(rowsOf(readAll(after, odd, 100))).toEqual(odd)
  })

  it('ignores a page of a list that is shown no more', () => {
    const before = readAll(unread, rows(10, 1), 100)
    expect(withPage(before, 'gone', { data: ['x'], nextCursor: null }, place)).toBe(before)
  })

  it('asks for what is seen, and for the next page at its end', () => {
    let segments = read(unread, rows(250, 1), null, 100)
    expect(segmentsIn(segments, 0, 30).map(({ cursor }) => cursor)).toEqual([null])
    expect(segmentsIn(segments, 60, 99).map(({ cursor }) => cursor)).toEqual([null, '1151'])
    segments = readAll(segments, rows(250, 1), 100)
    expect(segmentsIn(segments, 120, 150).map(({ cursor }) => cursor)).toEqual(['1151'])
    expect(segmentsIn(unread, 0, 30)).toEqual(unread)
    expect([limitFor(unread[0]!), limitFor(segments[0]!), limitFor(segments[1]!)]).toEqual([60, 120, 100])
  })

  it('has a place for each task: by number in a session, otherwise by id', () => {
    const task = { id: 'tsk_b', taskIdentifier: 9 }
    expect(placeOfTask(true)(task) < placeOfTask(true)({ id: 'tsk_a', taskIdentifier: 10 })).toBe(true)
    expect(placeOfTask(false)(task)).toBe('tsk_b')
  })
})

describe('the rows that are there', () => {
  it.each([
    [0, { first: 0, last: 32 }],
    [50_000 * 50, { first: 49_988, last: 50_032 }],
    [-500, { first: 0, last: 22 }],
    [1e9, { first: 99_999, last: 99_999 }],
  ])('with %d px above are few', (above, seen) => expect(rowWindow(above, 1000, 50, 100_000)).toEqual(seen))
})

describe('one call for each of many', () => {
  it('has so many in the air at most, and does every one', async () => {
    let [now, most] = [0, 0]
    const done: number[] = []
    await inParallel(
      Array.from({ length: 50 }, (_, n) => n),
      6,
      new AbortController().signal,
      async (n) => {
        most = Math.max(most, ++now)
        await Promise.resolve()
        now--
        done.push(n)
      },
    )
    expect([most, done.length]).toEqual([6, 50])
  })

  it('ends when it is to stop', async () => {
    const over = new AbortController()
    const done: number[] = []
    await inParallel([1, 2, 3, 4, 5, 6], 2, over.signal, async (n) => {
      done.push(n)
      if (n === 3) over.abort()
      await Promise.resolve()
    })
    expect(done.length).toBeLessThan(6)
  })
})
