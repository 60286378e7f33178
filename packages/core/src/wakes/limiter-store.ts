import type { RateLimit } from '../kernel/rules/rate-limit.ts'
import type { LimiterReading } from './rules/limiter-view.ts'

export interface LimiterStore {
  readLimiter(tenantId: string): Promise<LimiterReading>
  /**
   * Takes or renews the foreground lease, for `ttlSeconds` from now: the delay is 0, every gated task is released and
   * pending events go out. `limited`: too many were taken in the last hour, and nothing is changed.
   */
  enterForeground(
    tenantId: string,
    keyId: string,
    ttlSeconds: number,
  ): Promise<
    { kind: 'foreground'; limiter: LimiterReading; rateLimit: RateLimit } | { kind: 'limited'; rateLimit: RateLimit }
  >
  /** Harmless when there is no lease. */
  leaveForeground(tenantId: string, keyId: string): Promise<LimiterReading>
}
