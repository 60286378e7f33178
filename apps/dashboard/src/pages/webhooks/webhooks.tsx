import type { Endpoint, EndpointStats, ShownEndpoint } from '@backhaul/sdk'
import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { PageProps } from '../../page-props.ts'
import { AttemptBars, SuccessRate } from '../../parts/attempt-bars.tsx'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Curl } from '../../parts/curl.tsx'
import { EndpointPill } from '../../parts/endpoint-state.tsx'
import { More } from '../../parts/more.tsx'
import { Page } from '../../parts/page.tsx'
import { SigningKey } from '../../parts/signing-key.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { milliseconds } from '../../rules/endpoint-health.ts'
import { backhaul } from '../../service.ts'
import { usePages } from '../../use-pages.ts'
import { NewEndpoint } from './new-endpoint.tsx'

const pageSize = 50
/** An attempt is no event, so nobody tells of it. */
const everyMs = 5_000
const keyOf = ({ id }: Endpoint) => id

export default function WebhooksPage({ who }: PageProps) {
  const [isAdding, add] = useState(false)
  const [created, setCreated] = useState<ShownEndpoint | null>(null)
  const endpoints = usePages({
    queryKey: ['live', 'endpoints'],
    pageSize,
    read: (asked, signal) => backhaul.endpoints.list(asked, { signal }),
    keyOf,
    growsAtEnd: true,
  })
  const pages = Math.max(1, Math.ceil((endpoints.rows?.length ?? 0) / pageSize))
  const stats = useQuery({
    queryKey: ['endpoint-stats', pages],
    queryFn: ({ signal }) => backhaul.endpoints.stats({ limit: pageSize }, { signal }).toArray(pages * pageSize),
    refetchInterval: everyMs,
  })
  const statsOf = new Map(stats.data?.map((each) => [each.endpointId, each]))
  const canWrite = who.scopes.includes('write')
  return (
    <Page
      title="Webhooks"
      asked={[endpoints, stats]}
      aside={
        <>
          <Link href="/webhooks/verify" className="underline">
            Verify a signature
          </Link>
          {canWrite ? (
            <Button kind="main" onClick={() => add(true)}>
              <Plus aria-hidden size={14} /> New endpoint
            </Button>
          ) : null}
        </>
      }
    >
      {created ? <SigningKey of={created} /> : null}
      {isAdding ? (
        <div className="mb-4">
          <NewEndpoint close={() => add(false)} created={setCreated} />
        </div>
      ) : null}
      {endpoints.rows ? (
        <Card>
          <Table columns={columnsWith(statsOf)} rows={endpoints.rows} keyOf={keyOf} empty={<NoEndpoint />} />
          <More list={endpoints} />
        </Card>
      ) : null}
    </Page>
  )
}

function columnsWith(statsOf: ReadonlyMap<string, EndpointStats>): Column<Endpoint>[] {
  return [
    {
      name: 'Endpoint',
      cell: ({ id, url, description }) => (
        <>
          <Link data-row href={`/webhooks/${id}`} className="block truncate hover:underline" title={url ?? id}>
            {url ?? 'Stream: the receiver connects'}
          </Link>
          <span className="block truncate text-xs text-(--quiet)">{description ?? id}</span>
        </>
      ),
    },
    { name: 'State', className: 'w-24', cell: (endpoint) => <EndpointPill endpoint={endpoint} /> },
    {
      name: 'Acknowledged',
      className: 'w-28 tabular-nums',
      cell: ({ id }) => withStats(statsOf.get(id), (stats) => <SuccessRate stats={stats} />),
    },
    {
      name: 'p50',
      className: 'hidden w-20 text-right tabular-nums md:table-cell',
      cell: ({ id }) => withStats(statsOf.get(id), ({ medianMs }) => milliseconds(medianMs)),
    },
    {
      name: 'p95',
      className: 'hidden w-20 text-right tabular-nums md:table-cell',
      cell: ({ id }) => withStats(statsOf.get(id), ({ p95Ms }) => milliseconds(p95Ms)),
    },
    {
      name: 'Last attempts',
      className: 'hidden w-52 pl-4 lg:table-cell',
      cell: ({ id }) => withStats(statsOf.get(id), (stats) => <AttemptBars stats={stats} />),
    },
  ]
}

const withStats = (stats: EndpointStats | undefined, say: (stats: EndpointStats) => React.ReactNode) =>
  stats ? say(stats) : null

function NoEndpoint() {
  return (
    <>
      <p className="mb-2">
        No endpoint yet. Events go to one when a session names it as its delegate, or to those that are made here:
      </p>
      <Curl path="/v1/webhook-endpoints" method="POST" body={{ url: 'https://example.com/webhooks' }} />
    </>
  )
}
