/**
 * A list that is read page by page and stays as it was read, whatever its order is: rows are known by their keys. A page is what stands
 * behind its cursor, as far as the next page.
 */
export interface ReadPage<Row> {
  /** Null: from the top. */
  cursor: string | null
  rows: readonly Row[]
  readAt: number
}

export interface PageList<Row> {
  pages: readonly ReadPage<Row>[]
  /** Behind its last row. Null: it is whole, or nothing was read yet. */
  next: string | null
  /** So many pages were asked for. */
  asked: number
  /** When it was last told that something has changed. */
  toldAt: number
  /** When a page other than those at its ends was last read again. */
  pacedAt: number
}

export const noPages: PageList<never> = { pages: [], next: null, asked: 1, toldAt: 0, pacedAt: 0 }

/** What was read from one place on, page after page. */
export interface Reading<Row> {
  pages: readonly ReadPage<Row>[]
  next: string | null
}

type KeyOf<Row> = (row: Row) => string

export const rowsOf = <Row>({ pages }: { pages: readonly ReadPage<Row>[] }): Row[] => pages.flatMap(({ rows }) => rows)

/** The pages that begin before and at a cursor. */
function parted<Row>({ pages }: PageList<Row>, cursor: string | null) {
  const at = pages.findIndex((page) => page.cursor === cursor)
  return at === -1 ? { before: pages, after: [] } : { before: pages.slice(0, at), after: pages.slice(at) }
}

/**
 * Whether what was read takes the place of what it covers: it ends at a row that is known, so that the known ones behind it follow
 * without a gap. Or there are none behind it, or as many as were there have been read: what is left is read by "More".
 */
export function isJoined<Row>(list: PageList<Row>, { pages, next }: Reading<Row>, keyOf: KeyOf<Row>): boolean {
  const old = rowsOf({ pages: parted(list, pages[0]!.cursor).after })
  const read = rowsOf({ pages })
  const last = read.at(-1)
  if (next === null || last === undefined || read.length >= old.length) return true
  return old.some((row) => keyOf(row) === keyOf(last))
}

/** The list with what was read in the place of what it covers. */
export function withReading<Row>(
  list: PageList<Row>,
  { pages, next }: Reading<Row>,
  keyOf: KeyOf<Row>,
  pageSize: number,
): PageList<Row> {
  const { before, after } = parted(list, pages[0]!.cursor)
  const last = rowsOf({ pages }).at(-1)
  const old = rowsOf({ pages: after })
  const covered = last === undefined ? -1 : old.findIndex((row) => keyOf(row) === keyOf(last))
  const left = next === null || covered === -1 ? [] : behind(after, covered + 1, next)
  const read = { ...list, pages: [...before, ...pages, ...left], next: left.length > 0 ? list.next : next }
  return trimmed(read, pageSize)
}

/** The pages from their row `n` on, which stands behind that cursor. */
function behind<Row>(pages: readonly ReadPage<Row>[], n: number, cursor: string): ReadPage<Row>[] {
  const left: ReadPage<Row>[] = []
  for (const page of pages) {
    if (n < page.rows.length)
      left.push(n > 0 || left.length === 0 ? { ...page, cursor, rows: page.rows.slice(n) } : page)
    n = Math.max(0, n - page.rows.length)
  }
  return left
}

/** No longer than was asked for by more than a page: what comes at the top would make it longer and longer. */
function trimmed<Row>(list: PageList<Row>, pageSize: number): PageList<Row> {
  const last = list.pages.at(-1)
  if (!last || list.pages.length === 1) return list
  if (rowsOf(list).length - last.rows.length < list.asked * pageSize) return list
  return trimmed({ ...list, pages: list.pages.slice(0, -1), next: last.cursor }, pageSize)
}

/** Another page than the first that was not read since something changed, the one that was read longest ago. */
export function olderPage<Row>({ pages, toldAt }: PageList<Row>): ReadPage<Row> | null {
  const [oldest] = pages.slice(1).sort((a, b) => a.readAt - b.readAt)
  return oldest && oldest.readAt < toldAt ? oldest : null
}
