/** How long a foreground lease may be, in seconds. */
export const foregroundTtl = { minimum: 1, maximum: 300 } as const

/** Leases that a tenant may take in an hour, renewals among them: being in the foreground is free of the wake limiter. */
export const acquisitionsPerHour = 30

const hourMs = 3_600_000

/** Seconds until the tenant may take a lease again (at least 1), or null: it may now. `takenAt`: when it took leases. */
export function acquisitionWaitSeconds(takenAt: readonly number[], now: number): number | null {
  const counted = takenAt.filter((at) => at > now - hourMs).toSorted((a, b) => b - a)
  const oldest = counted[acquisitionsPerHour - 1]
  return oldest === undefined ? null : Math.max(1, Math.ceil((oldest + hourMs - now) / 1000))
}
