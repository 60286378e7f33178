import type { Tx } from '../../ledger/ledger.ts'
import { completeFinishedWake, endForegroundLeases, finishWakeEvents } from '../../ledger/open-wake.ts'
import type { LockedSession } from '../../ledger/session-lock.ts'
import type { RecordedDelivery } from './record-results.ts'

/** Applies the end of deliveries: the last event of the wake, the wake's end, or the end of the leases of its files. */
export async function acknowledge(
  tx: Tx,
  { row, configuration }: LockedSession,
  ended: readonly RecordedDelivery[],
): Promise<void> {
  const isLast = ({ eventType }: RecordedDelivery) => eventType === 'session.events_finished'
  // After the last event of the wake too: what came after it may have been canceled meanwhile.
  const wakes = new Set(ended.flatMap(({ wakeId }) => wakeId ?? []))
  for (const wakeId of wakes) await finishWakeEvents(tx, row.id, wakeId)
  const received = ended.filter(({ state }) => state === 'succeeded')
  if (configuration.wakeCompletion === 'implied')
    for (const wakeId of new Set(received.filter(isLast).flatMap((each) => each.wakeId ?? [])))
      await completeFinishedWake(tx, row.id, wakeId)
  const withoutWake = received.filter(({ wakeId }) => wakeId === null)
  if (withoutWake.length > 0)
    await endForegroundLeases(
      tx,
      withoutWake.map(({ eventId }) => eventId),
    )
}
