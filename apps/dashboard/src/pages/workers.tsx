import { useQuery } from '@tanstack/react-query'
import { Card } from '../parts/card.tsx'
import { Failure } from '../parts/failure.tsx'
import { useTitle } from '../parts/shell.tsx'
import { Time } from '../parts/time.tsx'
import { backhaul } from '../service.ts'

const everyMs = 5_000

export function WorkersPage() {
  useTitle('Workers')
  const found = useQuery({
    queryKey: ['workers'],
    queryFn: async ({ signal }) => await backhaul.admin.workers.list({}, { signal }),
    refetchInterval: everyMs,
  })
  return (
    <>
      <h1 className="mb-4 text-lg font-semibold">Workers</h1>
      {found.error ? <Failure error={found.error} retry={found.refetch} /> : null}
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
    </>
  )
}
