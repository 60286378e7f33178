import { useSyncExternalStore } from 'react'
import { createSharedClock } from './rules/shared-clock.ts'
import { serviceNowMs } from './service.ts'

const clock = createSharedClock(serviceNowMs, 1_000)
const nobody = () => () => {}

/** Now, by the clock of the service. Renders again when so much time has passed; null: only with what else changes. */
export function useNow(everyMs: number | null): number {
  const told = useSyncExternalStore(everyMs === null ? nobody : clock.listen, () =>
    everyMs === null ? 0 : clock.nowMs(everyMs <= 1_000 ? 1 : everyMs),
  )
  return everyMs === null ? serviceNowMs() : told
}
