import { AppError } from '../domain/errors.ts'
import type { LimiterReading } from '../domain/limiter-view.ts'
import { acquisitionsPerHour } from '../domain/presence.ts'
import type { LimiterStore, Principal } from './stores.ts'

export interface EnterForegroundPorts {
  store: Pick<LimiterStore, 'enterForeground'>
}

/** The client says that a user is looking, for so many seconds. Throws `foreground_rate_limited`. */
export async function enterForeground(
  { store }: EnterForegroundPorts,
  { tenantId, keyId }: Principal,
  ttlSeconds: number,
): Promise<LimiterReading> {
  const entered = await store.enterForeground(tenantId, keyId, ttlSeconds)
  if (entered.kind === 'foreground') return entered.limiter
  const { retryAfterSeconds } = entered
  const detail = `A tenant may take ${acquisitionsPerHour} foreground leases in an hour, renewals among them, and has taken ${acquisitionsPerHour}; the next one is possible in ${retryAfterSeconds} s.`
  throw new AppError('foreground_rate_limited', detail, { retryAfterSeconds })
}
