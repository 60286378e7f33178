import type { Delivery } from '@backhaul/sdk'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { DeliveryFilters } from '../rules/delivery-filters.ts'
import { backhaul } from '../service.ts'
import { DeliveryPill } from './delivery-state.tsx'
import { Failure } from './failure.tsx'
import { type Column, Table } from './table.tsx'
import { Time } from './time.tsx'

const pageSize = 50
/** An attempt that was made is no event, so nobody tells of it. */
const everyMs = 5_000

/** The newest first, page after page. */
export function DeliveryList({ filters, empty }: { filters: DeliveryFilters; empty: string }) {
  const found = useInfiniteQuery({
    queryKey: ['live', 'deliveries', filters],
    queryFn: async ({ pageParam, signal }) =>
      await backhaul.deliveries.list(
        { ...filters, order: 'newestFirst', limit: pageSize, ...(pageParam === null ? {} : { cursor: pageParam }) },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
    refetchInterval: everyMs,
  })
  const rows = found.data?.pages.flatMap(({ data }) => data) ?? []
  return (
    <>
      {found.error ? <Failure error={found.error} retry={found.refetch} /> : null}
      {found.data ? <Table columns={columns} rows={rows} keyOf={({ id }) => id} empty={empty} /> : null}
      {found.hasNextPage ? (
        <button type="button" onClick={() => found.fetchNextPage()} className="mt-3 cursor-pointer underline">
          More
        </button>
      ) : null}
    </>
  )
}

const columns: Column<Delivery>[] = [
  {
    name: 'Event',
    cell: ({ id, eventType, sessionIdentifier }) => (
      <>
        <Link data-row href={`/deliveries/${id}`} className="block truncate hover:underline">
          {eventType}
        </Link>
        <span className="block truncate text-xs text-(--quiet)">{sessionIdentifier ?? 'of no session'}</span>
      </>
    ),
  },
  { name: 'State', className: 'w-24', cell: ({ state }) => <DeliveryPill state={state} /> },
  {
    name: 'Attempts',
    className: 'w-20 text-right tabular-nums',
    cell: ({ attempts }) => attempts,
  },
  {
    name: 'Next attempt',
    className: 'w-28 text-right',
    cell: ({ nextAttemptAt, state }) =>
      nextAttemptAt ? (
        <Time at={nextAttemptAt} />
      ) : (
        <span className="text-(--quiet)">{state === 'pending' ? 'next' : '–'}</span>
      ),
  },
  {
    name: 'Created',
    className: 'hidden w-32 text-right text-(--quiet) md:table-cell',
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
]
