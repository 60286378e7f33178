/**
 * A list that is read page by page, and whose pages are read again while it is looked at. A segment is what stands behind a cursor, as
 * far as the next segment; the last one may not have been read yet.
 */
export interface Segment<Row> {
  /** Null: from the top. */
  cursor: string | null
  rows: readonly Row[]
  /** Its last place: the next segment begins behind it. Null: it goes on to the end, as far as is known. */
  until: string | null
  isRead: boolean
}

export interface PageOf<Row> {
  data: readonly Row[]
  nextCursor: string | null
}

export const unread: readonly Segment<never>[] = [{ cursor: null, rows: [], until: null, isRead: false }]

/** Rows of a page that is read first, and at most, when it is read again. */
const pageSize = { first: 60, most: 150 }
/** So many may have come at the top meanwhile. */
const room = 20

/** As many as are there are asked for again: what is looked at is one page, and a small one. */
export function limitFor<Row>({ cursor, rows, isRead }: Segment<Row>): number {
  if (!isRead) return pageSize.first
  return Math.min(pageSize.most, Math.max(1, rows.length) + (cursor === null ? room : 0))
}

/**
 * The list with a page in the place of what it covers. `placeOf` sorts descending, as the list does. Rows that came between two
 * segments make a new one: nothing is skipped, and nothing is there twice.
 */
export function withPage<Row>(
  segments: readonly Segment<Row>[],
  cursor: string | null,
  page: PageOf<Row>,
  placeOf: (row: Row) => string,
): readonly Segment<Row>[] {
  const n = segments.findIndex((segment) => segment.cursor === cursor)
  const segment = segments[n]
  if (!segment) return segments
  const { until } = segment
  const last = page.data.at(-1)
  const isWhole = page.nextCursor === null || last === undefined || (until !== null && placeOf(last) <= until)
  const read = { cursor, isRead: true }
  const put = (...those: Segment<Row>[]) => [...segments.slice(0, n), ...those, ...segments.slice(n + 1)]
  if (isWhole) {
    const rows = until === null ? page.data : page.data.filter((row) => placeOf(row) >= until)
    return put({ ...read, rows, until })
  }
  const left = segment.rows.filter((row) => placeOf(row) < placeOf(last))
  return put(
    { ...read, rows: page.data, until: placeOf(last) },
    { cursor: page.nextCursor, rows: left, until, isRead: left.length > 0 },
  )
}

/** The segments of which rows from `first` to `last` are a part, and the one behind the last that is not read yet. */
export function segmentsIn<Row>(segments: readonly Segment<Row>[], first: number, last: number): Segment<Row>[] {
  let from = 0
  return segments.filter(({ rows, isRead }) => {
    const to = from + rows.length
    const isSeen = isRead ? to > first && from <= last : from <= last + 1
    from = to
    return isSeen || (isRead && rows.length === 0 && from >= first && from <= last)
  })
}

/** The place of a task in a list: of a session by its number, otherwise by its id; as text that sorts like it. */
export const placeOfTask =
  (inSession: boolean) =>
  ({ id, taskIdentifier }: { id: string; taskIdentifier: number }) =>
    inSession ? String(taskIdentifier).padStart(12, '0') : id
