import { useQuery } from '@tanstack/react-query'
import { Failure } from '../../parts/failure.tsx'
import { UsagePlots } from '../../parts/usage-plots.tsx'
import { backhaul } from '../../service.ts'

/** The days of a month, of which the service gives 30 and the present one. */
const mostDays = 31

export function TenantUsage({ id }: { id: string }) {
  const usage = useQuery({
    queryKey: ['tenant-usage', id],
    queryFn: ({ signal }) => backhaul.admin.usage.list({ tenant: id, limit: mostDays }, { signal }).toArray(mostDays),
  })
  return (
    <section aria-label="Usage">
      <h2 className="mb-3 font-semibold">The last 30 days</h2>
      {usage.error ? <Failure error={usage.error} retry={usage.refetch} /> : null}
      {usage.data ? <UsagePlots points={usage.data} step="day" /> : null}
    </section>
  )
}
