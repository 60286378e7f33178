/** What a process needs, asked now. */
export type HealthCheck = () => Promise<{ name: string; ok: boolean }[]>

export interface Readiness {
  status: 'ok' | 'unavailable'
  /** What does not work. */
  degraded: string[]
}

/** Nothing can be accepted without the database; with it, everything else can wait. */
export async function readReadiness(health: HealthCheck): Promise<Readiness> {
  const down = (await health()).filter(({ ok }) => !ok).map(({ name }) => name)
  return { status: down.includes('database') ? 'unavailable' : 'ok', degraded: down }
}
