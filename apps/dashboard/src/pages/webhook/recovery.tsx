import { useQuery } from '@tanstack/react-query'
import { Card } from '../../parts/card.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Pill } from '../../parts/pill.tsx'
import { ProgressBar } from '../../parts/progress-bar.tsx'
import { Time } from '../../parts/time.tsx'
import { recoveredFraction } from '../../rules/endpoint-form.ts'
import { count, plural } from '../../rules/format.ts'
import { wordFor } from '../../rules/known.ts'
import type { Tone } from '../../rules/tone.ts'
import { backhaul } from '../../service.ts'

const everyMs = 1_000
const tones = { running: 'busy', completed: 'good', canceled: 'quiet' } as const

/** Its id is in the address: whoever comes back sees how far it is. */
export function RecoveryProgress({ endpointId, id, close }: { endpointId: string; id: string; close(): void }) {
  const found = useQuery({
    queryKey: ['recovery', id],
    queryFn: ({ signal }) => backhaul.endpoints.recovery(endpointId, id, { signal }),
    refetchInterval: ({ state }) => (state.data === undefined || state.data.state === 'running' ? everyMs : false),
  })
  const recovery = found.data
  return (
    <Card
      title="Recovery"
      aside={recovery ? <Pill tone={wordFor<Tone>(tones, recovery.state, 'quiet')}>{recovery.state}</Pill> : null}
    >
      {found.error ? <Failure error={found.error} retry={found.refetch} /> : null}
      {recovery ? (
        <>
          <ProgressBar fraction={recoveredFraction(recovery)} name="looked at" />
          <p className="mt-2 tabular-nums">
            {count(recovery.examined)} of {plural(recovery.total, 'event')} looked at,{' '}
            {recovery.queued === 1 ? '1 delivery' : `${count(recovery.queued)} deliveries`} started again
          </p>
          <p className="mt-1 text-(--quiet)">
            From <Time at={recovery.since} /> to <Time at={recovery.until} />
            {recovery.state === 'canceled' ? '. The endpoint was disabled or deleted meanwhile.' : ''}
          </p>
        </>
      ) : null}
      {recovery?.state === 'running' ? null : (
        <button type="button" onClick={close} className="mt-2 cursor-pointer underline">
          Close
        </button>
      )}
    </Card>
  )
}
