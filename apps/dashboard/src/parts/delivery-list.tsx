import type { Delivery } from '@backhaul/sdk'
import { Link } from 'wouter'
import type { DeliveryFilters } from '../rules/delivery-filters.ts'
import { backhaul } from '../service.ts'
import { usePages } from '../use-pages.ts'
import { DeliveryPill } from './delivery-state.tsx'
import { Failure } from './failure.tsx'
import { More } from './more.tsx'
import { type Column, Table } from './table.tsx'
import { Time } from './time.tsx'

const pageSize = 50
/** An attempt that was made is no event, so nobody tells of it. */
const everyMs = 5_000
const keyOf = ({ id }: Delivery) => id

interface Options {
  filters: DeliveryFilters
  /** Said when there is none. */
  empty: string
  /** Of an endpoint. */
  nameOf?(endpointId: string): string
}

/** The newest first, page after page. */
export function DeliveryList({ filters, empty, nameOf }: Options) {
  const found = usePages({
    queryKey: ['live', 'deliveries', filters],
    pageSize,
    read: (asked, signal) => backhaul.deliveries.list({ ...filters, order: 'newestFirst', ...asked }, { signal }),
    keyOf,
    everyMs,
  })
  return (
    <>
      {found.error ? <Failure error={found.error} retry={found.refetch} /> : null}
      {found.rows ? <Table columns={columnsOf(nameOf)} rows={found.rows} keyOf={keyOf} empty={empty} /> : null}
      <More list={found} />
    </>
  )
}

const event: Column<Delivery> = {
  name: 'Event',
  cell: ({ id, eventType, sessionIdentifier }) => (
    <>
      <Link data-row href={`/deliveries/${id}`} className="block truncate hover:underline" title={eventType}>
        {eventType}
      </Link>
      <span className="block truncate text-xs text-(--quiet)">{sessionIdentifier ?? 'of no session'}</span>
    </>
  ),
}

/** On a narrow screen the state has what matters beside it below it. */
const rest: Column<Delivery>[] = [
  {
    name: 'State',
    className: 'w-24',
    cell: ({ state, nextAttemptAt }) => (
      <>
        <DeliveryPill state={state} />
        {nextAttemptAt ? (
          <span className="mt-0.5 block text-xs text-(--quiet) md:hidden">
            <Time at={nextAttemptAt} />
          </span>
        ) : null}
      </>
    ),
  },
  { name: 'Attempts', className: 'w-18 text-right tabular-nums', cell: ({ attempts }) => attempts },
  {
    name: 'Next attempt',
    className: 'hidden w-28 text-right md:table-cell',
    cell: ({ nextAttemptAt, state }) =>
      nextAttemptAt ? (
        <Time at={nextAttemptAt} />
      ) : (
        <span className="text-(--quiet)">{state === 'pending' ? 'in its turn' : '–'}</span>
      ),
  },
  {
    name: 'Created',
    className: 'hidden w-32 text-right text-(--quiet) md:table-cell',
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
]

/** With `nameOf` also where each of them goes. */
function columnsOf(nameOf: Options['nameOf']): Column<Delivery>[] {
  if (!nameOf) return [event, ...rest]
  const endpoint: Column<Delivery> = {
    name: 'Endpoint',
    className: 'hidden lg:table-cell',
    cell: ({ endpointId }) => (
      <Link href={`/webhooks/${endpointId}`} className="block truncate text-(--quiet) hover:underline">
        {nameOf(endpointId)}
      </Link>
    ),
  }
  return [event, endpoint, ...rest]
}
