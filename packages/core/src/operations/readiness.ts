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

/** Nothing can be accepted without the database, and nothing is claimed without a dispatcher; everything else can wait. */
const needed = ['database', 'dispatcher']

export async function readReadiness(health: HealthCheck): Promise<Readiness> {
  const down = (await health()).filter(({ ok }) => !ok).map(({ name }) => name)
  return { status: needed.some((name) => down.includes(name)) ? 'unavailable' : 'ok', degraded: down }
}

/** What a process tells of its worker. */
export interface WorkerHealth {
  /** Null: it takes tasks. */
  draining(): Draining | null
  /** Whether its dispatcher has ended, or hangs. */
  standsStill(): boolean
}

/** Of a process that is a worker: one that drains is there for nobody, and so is one whose dispatcher stands still. */
export async function readWorkerReadiness(
  health: HealthCheck,
  { draining, standsStill }: WorkerHealth,
): Promise<Readiness | DrainingReadiness> {
  const drains = draining()
  // One that drains claims nothing anyway.
  const dispatcher = { name: 'dispatcher', ok: drains !== null || !standsStill() }
  const readiness = await readReadiness(async () => [...(await health()), dispatcher])
  if (drains === null || readiness.status === 'unavailable') return readiness
  return { status: 'draining', degraded: readiness.degraded, ...drains }
}
