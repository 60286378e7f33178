import { AppError } from '../kernel/rules/errors.ts'
import type { RateLimit } from '../kernel/rules/rate-limit.ts'
import type { Principal } from '../keys/key-store.ts'
import type { LimiterStore } from './limiter-store.ts'
import type { LimiterReading } from './rules/limiter-view.ts'

interface EnterForegroundPorts {
  stores: { wakes: Pick<LimiterStore, 'enterForeground'> }
}

/** The client says that a user is looking, for so many seconds. Throws `foreground_rate_limited`. */
export async function enterForeground(
  { stores }: EnterForegroundPorts,
  { tenantId, keyId }: Principal,
  ttlSeconds: number,
): Promise<{ limiter: LimiterReading; rateLimit: RateLimit }> {
  const entered = await stores.wakes.enterForeground(tenantId, keyId, ttlSeconds)
  if (entered.kind === 'foreground') return entered
  const { quota, moreInSeconds } = entered.rateLimit
  const detail = `A tenant may take ${quota} foreground leases in an hour, renewals among them, and has taken ${quota}; the next one is possible in ${moreInSeconds} s.`
  throw new AppError('foreground_rate_limited', detail, {
    retryAfterSeconds: moreInSeconds,
    rateLimit: entered.rateLimit,
  })
}
