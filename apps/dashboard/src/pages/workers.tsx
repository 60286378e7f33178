import { useQuery } from '@tanstack/react-query'
import { Card } from '../parts/card.tsx'
import { Page } from '../parts/page.tsx'
import { Time } from '../parts/time.tsx'
import { backhaul } from '../service.ts'

const everyMs = 5_000

export default function WorkersPage() {
  const found = useQuery({
    queryKey: ['workers'],
    queryFn: async ({ signal }) => await backhaul.admin.workers.list({}, { signal }),
    refetchInterval: everyMs,
  })
  return (
    <Page title="Workers" asked={[found]}>
      {found.data ? (
        <Card>
          {found.data.data.length === 0 ? <p className="text-(--quiet)">No worker has been seen lately.</p> : null}
          <ul className="space-y-2">
            {found.data.data.map(({ id, version, host, slots, running, state, lastSeenAt }) => (
              <li key={id} className="flex flex-wrap gap-x-4 gap-y-1">
                <span className="font-mono">{id}</span>
                <span>{host}</span>
                <span>{version}</span>
                <span className="tabular-nums">
                  {running} of {slots} slots
                </span>
                <span>{state}</span>
                <span className="text-(--quiet)">
                  seen <Time at={lastSeenAt} />
                </span>
              </li>
            ))}
          </ul>
        </Card>
      ) : null}
    </Page>
  )
}
