import { hashKey, keepPreviousData, type QueryKey, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { isJoined, noPages, olderPage, type PageList, type ReadPage, rowsOf, withReading } from './rules/page-list.ts'

/** Pages other than the first are read again one by one, at most so often. */
const paceMs = 3_000

interface Asked {
  limit: number
  cursor?: string
}

interface Options<Row> {
  /** Another key is another list, from its top. */
  queryKey: QueryKey
  pageSize: number
  read(asked: Asked, signal: AbortSignal): PromiseLike<{ data: readonly Row[]; nextCursor: string | null }>
  keyOf(row: Row): string
  /** By the clock, where no event tells of changes. */
  everyMs?: number
  /** New rows come behind the last one: its order is not newest first. */
  growsAtEnd?: boolean
}

export interface Pages<Row> {
  /** Undefined before the first page was read. */
  rows: readonly Row[] | undefined
  /** The first page is being read for the first time. */
  isLoading: boolean
  error: unknown
  refetch(): unknown
  hasMore: boolean
  isReadingMore: boolean
  /** Of what was to be read by `more`; what is shown stays. */
  moreError: unknown
  more(): unknown
}

/**
 * A list that is read by a cursor. What has changed is read again by one request after the other: the first page at once, the others at a
 * slow pace (`rules/page-list.ts`). "More" waits for its turn, and is neither lost nor doubled.
 */
export function usePages<Row>({
  queryKey,
  pageSize,
  read,
  keyOf,
  everyMs,
  growsAtEnd = false,
}: Options<Row>): Pages<Row> {
  const queries = useQueryClient()
  const name = hashKey(queryKey)
  /** The list that "More" was pressed for. */
  const wanted = useRef<string | null>(null)
  const [more, setMore] = useState<{ of: string; error: unknown } | null>(null)
  const found = useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const state = queries.getQueryState<PageList<Row>>(queryKey)
      let list = state?.data ?? noPages
      if (state?.isInvalidated || everyMs !== undefined) list = { ...list, toldAt: Date.now() }
      const readFrom = async (cursor: string | null) => {
        const pages: ReadPage<Row>[] = []
        let at = cursor
        for (;;) {
          const readAt = Date.now()
          const page = await read({ limit: pageSize, ...(at === null ? {} : { cursor: at }) }, signal)
          signal.throwIfAborted()
          pages.push({ cursor: at, rows: page.data, readAt })
          at = page.nextCursor
          if (isJoined(list, { pages, next: at }, keyOf)) break
        }
        list = withReading(list, { pages, next: at }, keyOf, pageSize)
        queries.setQueryData(queryKey, list)
      }
      const readMore = async () => {
        if (wanted.current !== name) return
        try {
          if (list.next !== null) {
            list = { ...list, asked: list.asked + 1 }
            await readFrom(list.next)
          }
          setMore(null)
        } catch (error) {
          // Whoever cancelled it asks again, and it is still wanted.
          if (signal.aborted) throw error
          list = { ...list, asked: list.asked - 1 }
          setMore({ of: name, error })
        }
        wanted.current = null
      }
      const readLast = async () => {
        const last = list.pages.at(-1)
        if (growsAtEnd && list.next === null && last && last.cursor !== null) await readFrom(last.cursor)
      }
      const readOlder = async () => {
        const older = olderPage(list)
        if (!older || Date.now() - list.pacedAt < paceMs) return
        list = { ...list, pacedAt: Date.now() }
        await readFrom(older.cursor)
      }
      for (const step of [() => readFrom(null), readLast, readOlder]) {
        await readMore()
        await step()
      }
      await readMore()
      return list
    },
    placeholderData: keepPreviousData,
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
  })
  const { data, refetch, dataUpdatedAt } = found
  // What changed last is read in all pages, also when nothing changes any more. A list that is read by the clock has its own pace.
  const isLeft = everyMs === undefined && data !== undefined && !found.isPlaceholderData && olderPage(data) !== null
  useEffect(() => {
    if (!isLeft || dataUpdatedAt === 0) return
    const timer = setTimeout(() => document.hidden || refetch({ cancelRefetch: false }), paceMs)
    return () => clearTimeout(timer)
  }, [isLeft, dataUpdatedAt, refetch])
  // biome-ignore lint/correctness/useExhaustiveDependencies: of another list nothing more is wanted
  useEffect(
    () => () => {
      wanted.current = null
    },
    [name],
  )
  return {
    rows: data && rowsOf(data),
    isLoading: found.isLoading,
    error: found.error,
    refetch,
    hasMore: data !== undefined && !found.isPlaceholderData && data.next !== null,
    isReadingMore: more?.of === name && more.error === null,
    moreError: more?.of === name ? more.error : null,
    async more() {
      if (wanted.current === name) return
      wanted.current = name
      setMore({ of: name, error: null })
      // One that was under way may have ended just before, or been cancelled.
      while (wanted.current === name) {
        const { error } = await refetch({ cancelRefetch: false })
        if (!error || wanted.current !== name) continue
        wanted.current = null
        setMore({ of: name, error })
      }
    },
  }
}
