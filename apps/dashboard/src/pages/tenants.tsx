import type { Tenant } from '@backhaul/sdk'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { opened } from '../focus.ts'
import { Button } from '../parts/button.tsx'
import { Card } from '../parts/card.tsx'
import { Failure } from '../parts/failure.tsx'
import { fieldStyle, Search } from '../parts/fields.tsx'
import { More } from '../parts/more.tsx'
import { Page } from '../parts/page.tsx'
import { Secret } from '../parts/secret.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { TenantState } from '../parts/tenant-state.tsx'
import { Time } from '../parts/time.tsx'
import { limitNames } from '../rules/tenant-limits.ts'
import { useSearchFilters } from '../search-filters.ts'
import { backhaul } from '../service.ts'
import { usePages } from '../use-pages.ts'

const pageSize = 100
/** No event tells of them. */
const everyMs = 30_000
const keyOf = ({ id }: Tenant) => id

export default function TenantsPage() {
  const [search, set] = useSearchFilters()
  const [creates, setCreates] = useState(false)
  const [shown, show] = useState<{ title: string; apiKey: string } | null>(null)
  const wanted = search.get('search') ?? ''
  const found = usePages({
    queryKey: ['tenants', wanted],
    pageSize,
    read: (asked, signal) =>
      backhaul.admin.tenants.list({ ...(wanted === '' ? {} : { search: wanted }), ...asked }, { signal }),
    keyOf,
    everyMs,
    growsAtEnd: true,
  })
  return (
    <Page
      title="Tenants"
      asked={[found]}
      aside={
        creates ? null : (
          <Button kind="main" onClick={() => setCreates(true)}>
            Create a tenant
          </Button>
        )
      }
    >
      {shown ? <Secret {...shown} close={() => show(null)} /> : null}
      {creates ? <CreateTenant done={show} close={() => setCreates(false)} /> : null}
      <div className="mb-4">
        <Search name="Name or id" value={wanted} choose={(value) => set('search', value)} maxLength={200} />
      </div>
      {found.rows ? (
        <Card>
          <Table
            columns={columns}
            rows={found.rows}
            keyOf={keyOf}
            empty={wanted === '' ? 'There is no tenant yet. Create the first one: it comes with a key.' : 'None fits.'}
          />
          <More list={found} />
        </Card>
      ) : null}
    </Page>
  )
}

const columns: Column<Tenant>[] = [
  {
    name: 'Name',
    cell: ({ id, name }) => (
      <Link data-row href={`/tenants/${id}`} className="block hover:underline" title={name}>
        <span className="block truncate font-medium">{name}</span>
        <span className="block truncate font-mono text-xs text-(--quiet)">{id}</span>
      </Link>
    ),
  },
  { name: 'State', className: 'w-32', cell: ({ state }) => <TenantState state={state} /> },
  {
    name: 'Weight',
    className: 'hidden w-20 text-right tabular-nums md:table-cell',
    cell: ({ weight }) => weight,
  },
  {
    name: 'Own settings',
    className: 'hidden pl-6 md:table-cell',
    cell: ({ limits, limiterPolicy, preferredHours }) => {
      const own = limitNames.filter((name) => limits[name] !== undefined).length
      const told = [
        own === 0 ? null : `${own} limit${own === 1 ? '' : 's'}`,
        Object.values(limiterPolicy).every((value) => value === null) ? null : 'wake limiter',
        preferredHours === null ? null : 'preferred hours',
      ].filter((each) => each !== null)
      return <span className="text-(--quiet)">{told.length === 0 ? 'none' : told.join(', ')}</span>
    },
  },
  {
    name: 'Created',
    className: 'hidden w-28 text-right md:table-cell',
    cell: ({ createdAt }) => (
      <span className="text-(--quiet)">
        <Time at={createdAt} />
      </span>
    ),
  },
]

interface CreateOptions {
  done(shown: { title: string; apiKey: string }): void
  close(): void
}

function CreateTenant({ done, close }: CreateOptions) {
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const create = useMutation({
    mutationFn: () => backhaul.admin.tenants.create({ name }),
    onSuccess: ({ tenant, apiKey }) => {
      done({ title: `The first key of ${tenant.name}`, apiKey })
      close()
      return queries.invalidateQueries({ queryKey: ['tenants'] })
    },
  })
  return (
    <form
      ref={opened}
      aria-label="A new tenant"
      className="mb-4"
      onSubmit={(event) => {
        event.preventDefault()
        create.mutate()
      }}
    >
      <Card title="A new tenant">
        <p className="mb-3 text-(--quiet)">It comes with a first key that has every scope. The key is shown once.</p>
        <div className="flex flex-wrap items-end gap-2">
          <label className="block min-w-0 grow">
            <span className="mb-1 block text-(--quiet)">Name</span>
            <input
              required
              maxLength={200}
              value={name}
              onChange={(event) => setName(event.target.value)}
              autoComplete="off"
              className={`w-full ${fieldStyle}`}
            />
          </label>
          <Button type="submit" kind="main" disabled={create.isPending}>
            Create it
          </Button>
          <Button onClick={close}>Leave it</Button>
        </div>
        {create.error ? (
          <div className="mt-3">
            <Failure error={create.error} />
          </div>
        ) : null}
      </Card>
    </form>
  )
}
