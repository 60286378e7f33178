import { Card } from '../../parts/card.tsx'
import { Curl } from '../../parts/curl.tsx'
import { More } from '../../parts/more.tsx'
import { Page } from '../../parts/page.tsx'
import { Table } from '../../parts/table.tsx'
import { plural } from '../../rules/format.ts'
import { byTrouble } from '../../rules/hosts.ts'
import { useSearchFilters } from '../../search-filters.ts'
import { backhaul } from '../../service.ts'
import { usePages } from '../../use-pages.ts'
import { HostCard } from './host-card.tsx'
import { hostColumns } from './host-columns.tsx'

/**
 * By the clock and not by events: their state changes without any of the tenant's, since others go there too. Those that are
 * troubled change by the second; the others are many, and their waiting tasks are counted.
 */
const everyMs = { troubled: 5_000, well: 30_000 }
const pageSizes = { troubled: 20, well: 50 }

export default function HostsPage() {
  const [search, set] = useSearchFilters()
  const opened = search.get('open')
  const troubled = useHosts('troubled')
  const well = useHosts('well')
  const [unwell, others] = [troubled, well].map(({ rows }) => rows?.toSorted(byTrouble))
  const shown = others?.find(({ host }) => host === opened)
  return (
    <Page title="Hosts" asked={[troubled, well]}>
      {unwell && others ? (
        <div className="space-y-4">
          {unwell.length === 0 && others.length > 0 ? (
            <p className="rounded-lg bg-(--track) px-3 py-2">
              Every host of your tasks is well: none of them holds a task back.
            </p>
          ) : null}
          {unwell.length > 0 ? (
            <section aria-label="Hosts in trouble" className="space-y-4">
              {unwell.map((host) => (
                <HostCard key={host.host} host={host} />
              ))}
              <More list={troubled} />
            </section>
          ) : null}
          {shown ? <HostCard key={shown.host} host={shown} close={() => set('open', '')} /> : null}
          {others.length > 0 ? (
            <Card title="Well" aside={plural(others.length, 'host')}>
              <Table
                columns={hostColumns((host) => set('open', host === opened ? '' : host), opened)}
                rows={others}
                keyOf={({ host }) => host}
                empty=""
              />
              <More list={well} />
            </Card>
          ) : null}
          {unwell.length === 0 && others.length === 0 ? <NoHost /> : null}
        </div>
      ) : null}
    </Page>
  )
}

function useHosts(which: keyof typeof pageSizes) {
  return usePages({
    queryKey: ['hosts', which],
    pageSize: pageSizes[which],
    read: (asked, signal) => backhaul.hosts.list({ healthy: which === 'well', ...asked }, { signal }),
    keyOf: ({ host }) => host,
    everyMs: everyMs[which],
  })
}

function NoHost() {
  return (
    <Card title="No host yet">
      <p className="mb-2">A host is shown when you have a task for it:</p>
      <Curl path="/v1/sessions/first/tasks" method="POST" body={{ url: 'https://example.com/' }} />
    </Card>
  )
}
