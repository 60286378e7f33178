import type { Draining } from './worker-record.ts'

/** What a process needs, asked now. */
export type HealthCheck = () => Promise<{ name: string; ok: boolean }[]>

export interface Readiness {
  status: 'ok' | 'unavailable'
  /** What does not work. */
  degraded: string[]
}

/** Of a worker that takes no more tasks. */
export interface DrainingReadiness extends Draining {
  status: 'draining'
  degraded: string[]
}

/** Nothing can be accepted without the database; with it, everything else can wait. */
export async function readReadiness(health: HealthCheck): Promise<Readiness> {
  const down = (await health()).filter(({ ok }) => !ok).map(({ name }) => name)
  return { status: down.includes('database') ? 'unavailable' : 'ok', degraded: down }
}

/** Of a process whose worker may drain: it is there for nobody then. */
export async function readWorkerReadiness(
  health: HealthCheck,
  draining: () => Draining | null,
): Promise<Readiness | DrainingReadiness> {
  const readiness = await readReadiness(health)
  const drains = draining()
  if (drains === null || readiness.status === 'unavailable') return readiness
  return { status: 'draining', degraded: readiness.degraded, ...drains }
}
