import type { Endpoint, EndpointStats } from '@backhaul/sdk'
import { AttemptBars, SuccessRate } from '../../parts/attempt-bars.tsx'
import { Card } from '../../parts/card.tsx'
import { EndpointPill } from '../../parts/endpoint-state.tsx'
import { Time } from '../../parts/time.tsx'
import { milliseconds } from '../../rules/endpoint-health.ts'

export function EndpointHealth({ endpoint, stats }: { endpoint: Endpoint; stats: EndpointStats | null }) {
  const { state, disabledReason, disabledAt, verification, failingSince } = endpoint
  return (
    <Card title="State" aside={<EndpointPill endpoint={endpoint} />}>
      {state === 'disabled' ? (
        <div className="mb-3 border-l-4 border-red-600 pl-3">
          <p className="wrap-anywhere">
            Disabled
            {disabledAt ? (
              <>
                {' '}
                <Time at={disabledAt} />
              </>
            ) : null}
            {disabledReason ? `: ${disabledReason}` : ''}
          </p>
          <p className="text-(--quiet)">Nothing is sent; its events wait until it is enabled again.</p>
        </div>
      ) : null}
      {state === 'enabled' && failingSince ? (
        <p className="mb-3 border-l-4 border-amber-600 pl-3">
          Nothing has succeeded since it began to fail <Time at={failingSince} />. After five days of nothing but
          failures it is disabled.
        </p>
      ) : null}
      {verification === 'pending' ? (
        <p className="mb-3">It has not answered its challenge yet: a challenge is sent in place of the first event.</p>
      ) : null}
      {stats ? (
        <>
          <dl className="mb-3 grid grid-cols-3 gap-3">
            <Figure name="Acknowledged" value={<SuccessRate stats={stats} />} />
            <Figure name="p50" value={milliseconds(stats.medianMs)} />
            <Figure name="p95" value={milliseconds(stats.p95Ms)} />
          </dl>
          <AttemptBars stats={stats} />
          <p className="mt-1 text-xs text-(--quiet)">
            The last attempts, the newest at the right, as high as they took long.
          </p>
        </>
      ) : null}
    </Card>
  )
}

function Figure({ name, value }: { name: string; value: React.ReactNode }) {
  return (
    <div>
      <dt className="text-(--quiet)">{name}</dt>
      <dd className="text-lg font-semibold tabular-nums">{value}</dd>
    </div>
  )
}
