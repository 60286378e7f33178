import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { Bars, Legend } from '../parts/bars.tsx'
import { Card } from '../parts/card.tsx'
import { Meter } from '../parts/meter.tsx'
import { OneOf } from '../parts/one-of.tsx'
import { Page } from '../parts/page.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { readMeasure, type ShareRow, shareRows, type WorkMeasure, workMeasures } from '../rules/fair-shares.ts'
import { bytes, clockTime, count, percent } from '../rules/format.ts'
import { useSearchFilters } from '../search-filters.ts'
import { backhaul } from '../service.ts'

const everyMs = 15_000

/** Who has the places for transfers, and who would by the weights. */
export default function FairnessPage() {
  const [search, set] = useSearchFilters()
  const of = readMeasure(search)
  const found = useQuery({
    queryKey: ['fairness'],
    queryFn: ({ signal }) => backhaul.admin.fairness.get({ signal }),
    refetchInterval: everyMs,
    placeholderData: keepPreviousData,
  })
  const rows = found.data ? shareRows(found.data) : []
  return (
    <Page title="Fairness" asked={[found]}>
      {found.data ? (
        <div className="space-y-4">
          <Card
            title="The last hour"
            aside={
              <OneOf
                name="Shown"
                value={of}
                options={Object.entries(workMeasures) as [WorkMeasure, string][]}
                choose={(next) => set('of', next)}
              />
            }
          >
            <Plot rows={rows} of={of} />
            {found.data.sampledAt === null ? (
              <p className="mt-2 text-(--quiet)">No worker has looked yet: the first minute comes soon.</p>
            ) : null}
          </Card>
          <Card title="Places now, and by weight">
            <p className="mb-3 text-(--quiet)">
              While tenants compete, each has places in proportion to its weight: the mark. A tenant that wants less
              leaves the rest to the others, and hosts that rest or limits of its own may hold it below.
            </p>
            <Table
              columns={columns}
              rows={rows}
              keyOf={({ tenantId }) => tenantId ?? 'others'}
              empty="There is no tenant yet."
            />
          </Card>
        </div>
      ) : null}
    </Page>
  )
}

function Plot({ rows, of }: { rows: readonly ShareRow[]; of: WorkMeasure }) {
  const times = rows[0]?.data.map(({ at }) => clockTime(at)) ?? []
  const series = rows.map(({ tenantId, name, colour, data }, n) => ({
    words: tenantId === null ? name : `${n + 1}. ${name}`,
    colour,
    values: data.map((point) => point[of] ?? 0),
  }))
  const plot = {
    name: `${workMeasures[of]}, by tenant`,
    series,
    times,
    say: of === 'bytesReceived' ? bytes : count,
    isBytes: of === 'bytesReceived',
  }
  return (
    <div>
      <div className="md:hidden">
        <Bars {...plot} />
      </div>
      <div className="hidden md:block">
        <Bars {...plot} width={900} height={220} />
      </div>
      <Legend series={series} />
    </div>
  )
}

const columns: Column<ShareRow>[] = [
  {
    name: 'Tenant',
    cell: ({ tenantId, name, colour }) => (
      <span className="flex min-w-0 items-center gap-2">
        <span aria-hidden className="h-2.5 w-2.5 shrink-0 rounded-full" style={{ background: colour }} />
        {tenantId === null ? (
          <span className="truncate">{name}</span>
        ) : (
          <Link href={`/tenants/${tenantId}`} className="truncate hover:underline" title={name}>
            {name}
          </Link>
        )}
      </span>
    ),
  },
  {
    name: 'Weight',
    className: 'hidden w-20 text-right tabular-nums sm:table-cell',
    cell: ({ weight, due }) => (due === null ? <span className="text-(--quiet)">{weight}</span> : weight),
  },
  {
    name: 'Waits',
    className: 'hidden w-24 text-right tabular-nums sm:table-cell',
    cell: ({ waiting }) => count(waiting),
  },
  { name: 'Runs', className: 'w-20 text-right tabular-nums', cell: ({ running }) => count(running) },
  {
    name: 'Share of the places',
    className: 'pl-4',
    cell: ({ name, share, due, colour }) => (
      <>
        <span className="mb-1 block tabular-nums">
          {share === null ? 'none' : percent(share)}
          <span className="text-(--quiet)">
            {due === null ? ' · does not compete' : ` · by weight ${percent(due)}`}
          </span>
        </span>
        <Meter name={`share of ${name}`} fraction={share} mark={due} colour={colour} />
      </>
    ),
  },
]
