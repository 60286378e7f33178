import { type StatsRange, statsRange, statsSteps } from './rules/stats-range.ts'
import { type SampledWork, type WorkPoint, workPoints } from './rules/work-shares.ts'
import type { OthersWork, TenantWork, WorkShareStore } from './work-share-store.ts'

interface WorkSharesPorts {
  stores: { usage: Pick<WorkShareStore, 'readWork'> }
}

/** Tasks at the moment, and what happened in each step. */
interface ToldWork {
  running: number
  waiting: number
  data: WorkPoint[]
}

export interface WorkShares {
  stepSeconds: number
  /** The first step's beginning and the last one's end. */
  from: Date
  until: Date
  /** When tenants were sampled last; null: never. */
  sampledAt: Date | null
  tenants: (Omit<TenantWork, 'sampled'> & ToldWork)[]
  others: Omit<OthersWork, 'sampled'> & ToldWork
}

const steps = statsSteps['1h']

/** How tenants shared the places for transfers in the last hour, minute by minute, by the clock of the database. */
export async function readWorkShares({ stores }: WorkSharesPorts): Promise<WorkShares> {
  const { tenants, others } = await stores.usage.readWork(steps)
  const { nowMs, sampledMs } = others.sampled
  const range = statsRange(steps, nowMs)
  return {
    stepSeconds: steps.stepSeconds,
    from: new Date(range.sinceMs),
    until: new Date(range.endMs),
    sampledAt: sampledMs === null ? null : new Date(sampledMs),
    tenants: tenants.map(({ sampled, ...tenant }) => ({ ...tenant, ...told(range, sampled) })),
    others: { ...without(others), ...told(range, others.sampled) },
  }
}

const without = ({ tenants, competing, competingWeight }: OthersWork) => ({ tenants, competing, competingWeight })

const told = (range: StatsRange, sampled: SampledWork): ToldWork => ({
  ...sampled.now,
  data: workPoints(range, sampled),
})
