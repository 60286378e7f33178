import { AppError, found } from '../kernel/rules/errors.ts'
import type { Wake } from './rules/wake.ts'
import type { WakeStore } from './wake-store.ts'

interface ExtendWakePorts {
  stores: { wakes: Pick<WakeStore, 'extendWake'> }
}

/** The client needs longer: `seconds` from now, 12 hours in all. Throws `not_found`, `wake_closed`, `wake_expired`. */
export async function extendWake(
  { stores }: ExtendWakePorts,
  tenantId: string,
  id: string,
  seconds: number,
): Promise<Wake> {
  const wake = found('wake', await stores.wakes.extendWake(tenantId, id, seconds))
  if (wake === 'completed')
    throw new AppError('wake_closed', 'The wake has been completed; there is nothing to extend.')
  if (wake === 'expired') throw wakeExpired()
  return wake
}

export function wakeExpired(): AppError {
  return new AppError(
    'wake_expired',
    'The deadline of the wake has passed. Nothing is lost: what was not acknowledged is delivered again, and is in the feed.',
  )
}
