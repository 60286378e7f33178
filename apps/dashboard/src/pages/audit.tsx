import type { ApiKey, AuditEntry, OperatorAuditEntry } from '@backhaul/sdk'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { PageProps } from '../page-props.ts'
import { Card } from '../parts/card.tsx'
import { Curl } from '../parts/curl.tsx'
import { fieldStyle, Search } from '../parts/fields.tsx'
import { More } from '../parts/more.tsx'
import { Page } from '../parts/page.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { type AuditFilters, fromLocalMinute, localMinute, readAuditFilters } from '../rules/audit-filters.ts'
import { useSearchFilters } from '../search-filters.ts'
import { backhaul } from '../service.ts'
import { usePages } from '../use-pages.ts'

const pageSize = 100
const mostKeys = 1000

type Entry = AuditEntry & Partial<Pick<OperatorAuditEntry, 'tenantId'>>
type Choose = (name: keyof AuditFilters, value: string) => void
const keyOf = ({ id }: Entry) => id

export default function AuditPage({ who }: PageProps) {
  const [search, set] = useSearchFilters()
  const filters = readAuditFilters(search)
  const isOperator = who.kind === 'operator'
  const found = usePages({
    queryKey: ['audit', filters],
    pageSize,
    read: (asked, signal) => listEntries(isOperator, filters, asked, signal),
    keyOf,
  })
  const keys = useQuery({
    queryKey: ['keys'],
    queryFn: ({ signal }) => backhaul.apiKeys.list({ limit: 200 }, { signal }).toArray(mostKeys),
    enabled: !isOperator,
  })
  const isFiltered = Object.keys(filters).length > 0
  return (
    <Page title="Audit" asked={[found]}>
      <div className="mb-4 flex flex-wrap gap-3">
        <Search
          name="Action"
          value={search.get('action') ?? ''}
          choose={(value) => set('action', value)}
          maxLength={64}
        />
        <Search name="Key" value={search.get('key') ?? ''} choose={(value) => set('key', value)} maxLength={64} />
        {isOperator ? (
          <Search
            name="Tenant"
            value={search.get('tenant') ?? ''}
            choose={(value) => set('tenant', value)}
            maxLength={64}
          />
        ) : null}
        <label className="flex min-w-0 items-center gap-2">
          Since
          <input
            data-filter
            type="datetime-local"
            value={localMinute(search.get('since'))}
            onChange={(event) => set('since', fromLocalMinute(event.target.value))}
            className={`min-w-0 ${fieldStyle}`}
          />
        </label>
      </div>
      {found.rows ? (
        <Card>
          <Table
            columns={columnsOf(isOperator, keys.data ?? [], set)}
            rows={found.rows}
            keyOf={keyOf}
            empty={
              isFiltered ? (
                'Nothing fits.'
              ) : (
                <>
                  <p>Nothing was changed yet. Each request that changes something is here, as this one would be:</p>
                  <Curl
                    path="/v1/sessions/first"
                    method="PUT"
                    body={{ configuration: { delegate: { kind: 'pull' } } }}
                  />
                </>
              )
            }
          />
          <More list={found} words="Older ones" />
        </Card>
      ) : null}
    </Page>
  )
}

async function listEntries(
  isOperator: boolean,
  filters: AuditFilters,
  asked: { limit: number; cursor?: string },
  signal: AbortSignal,
): Promise<{ data: Entry[]; nextCursor: string | null }> {
  const { tenant, ...given } = filters
  const query = { ...given, order: 'newestFirst' as const, ...asked }
  return isOperator
    ? await backhaul.admin.audit.list({ ...query, ...(tenant ? { tenant } : {}) }, { signal })
    : await backhaul.audit.list(query, { signal })
}

/** What an entry has narrows the list when it is chosen. */
function columnsOf(isOperator: boolean, keys: readonly ApiKey[], choose: Choose): Column<Entry>[] {
  const names = new Map(keys.map(({ id, name }) => [id, name]))
  const when: Column<Entry> = {
    name: 'When',
    className: 'w-24 md:w-28',
    cell: ({ at }) => (
      <span className="text-(--quiet)">
        <Time at={at} />
      </span>
    ),
  }
  const tenant: Column<Entry> = {
    name: 'Tenant',
    className: 'hidden lg:table-cell',
    cell: ({ tenantId }) =>
      tenantId ? (
        <Link href={`/tenants/${tenantId}`} className="font-mono text-xs underline">
          {tenantId}
        </Link>
      ) : (
        '–'
      ),
  }
  return [
    when,
    {
      name: 'Action',
      className: 'md:w-44',
      cell: ({ action }) => <Chosen words={action} choose={() => choose('action', action)} />,
    },
    {
      name: 'On',
      cell: ({ target }) => (
        <span className="font-mono text-xs">
          {target?.startsWith('tsk_') && !isOperator ? (
            <Link href={`/tasks/${target}`} className="underline">
              {target}
            </Link>
          ) : (
            (target ?? '–')
          )}
        </span>
      ),
    },
    ...(isOperator ? [tenant] : []),
    {
      name: 'Who',
      className: 'hidden md:table-cell',
      cell: ({ actor: { keyId, signInId } }) =>
        keyId === null ? (
          'an operator'
        ) : (
          <>
            <Chosen words={names.get(keyId) ?? keyId} choose={() => choose('key', keyId)} title={keyId} />
            {signInId === null ? null : <span className="block text-xs text-(--quiet)">in a browser</span>}
          </>
        ),
    },
    {
      name: 'From',
      className: 'hidden w-36 md:table-cell',
      cell: ({ address, requestId }) => <span title={`request ${requestId}`}>{address ?? '–'}</span>,
    },
  ]
}

function Chosen({ words, choose, title }: { words: string; choose(): void; title?: string }) {
  return (
    <button
      type="button"
      onClick={choose}
      title={title}
      className="cursor-pointer text-left wrap-anywhere hover:underline"
    >
      {words}
    </button>
  )
}
