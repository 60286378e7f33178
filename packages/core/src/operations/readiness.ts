import type { Draining } from './worker-record.ts'

/** One part that a process needs. */
export interface Health {
  name: string
  ok: boolean
  /** Why it does not work, in a sentence for anybody, if more is known than that it is away. */
  reason?: string
}

/** What a process needs, asked now. */
export type HealthCheck = () => Promise<Health[]>

interface Degraded {
  /** What does not work. */
  degraded: string[]
  /** Why, by the names in `degraded`; absent: no more is known of any than that it is away. */
  reasons?: Record<string, string>
}

export interface Readiness extends Degraded {
  status: 'ok' | 'unavailable'
}

/** Of a worker that takes no more tasks. */
export interface DrainingReadiness extends Draining, Degraded {
  status: 'draining'
}

/** Nothing can be accepted without the database, and nothing is claimed without a dispatcher; everything else can wait. */
const needed = ['database', 'dispatcher']

export async function readReadiness(health: HealthCheck): Promise<Readiness> {
  const down = (await health()).filter(({ ok }) => !ok)
  const degraded = down.map(({ name }) => name)
  const reasons = down.flatMap(({ name, reason }) => (reason === undefined ? [] : [[name, reason]]))
  return {
    status: needed.some((name) => degraded.includes(name)) ? 'unavailable' : 'ok',
    degraded,
    ...(reasons.length > 0 && { reasons: Object.fromEntries(reasons) }),
  }
}

/** What a process tells of its worker. */
export interface WorkerHealth {
  /** Null: it takes tasks. */
  draining(): Draining | null
  /** Whether its dispatcher has ended, hangs, or is kept from claiming. */
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
  return { ...readiness, status: 'draining', ...drains }
}
