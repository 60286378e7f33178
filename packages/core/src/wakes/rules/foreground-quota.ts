import type { RateLimit } from '../../kernel/rules/rate-limit.ts'

/** How long a foreground lease may be, in seconds. */
export const foregroundTtl = { minimum: 1, maximum: 300 } as const

/** Leases that a tenant may take in an hour, renewals among them: being in the foreground is free of the wake limiter. */
export const acquisitionsPerHour = 30

const hourMs = 3_600_000

/**
 * The rest of the leases of an hour; with none left, one can be taken again in `moreInSeconds`. `takenAt`: when leases
 * were taken.
 */
export function acquisitionsLeft(takenAt: readonly number[], now: number): RateLimit {
  const counted = takenAt
    .filter((at) => at > now - hourMs)
    .toSorted((a, b) => b - a)
    .slice(0, acquisitionsPerHour)
  const oldest = counted.at(-1) ?? now
  return {
    name: 'foreground',
    quota: acquisitionsPerHour,
    windowSeconds: hourMs / 1000,
    left: acquisitionsPerHour - counted.length,
    moreInSeconds: Math.max(1, Math.ceil((oldest + hourMs - now) / 1000)),
  }
}
