import type { Fairness, WorkPoint } from '@backhaul/sdk'
import { plural } from './format.ts'

/** A colour for each of those who are told one by one; the last is that of all others. */
export const shareColours = [
  '#2563eb',
  '#d97706',
  '#059669',
  '#db2777',
  '#7c3aed',
  '#0891b2',
  '#65a30d',
  '#dc2626',
  '#a16207',
  '#4f46e5',
  '#71717a',
] as const

export const workMeasures = { running: 'places', tasksEnded: 'files', bytesReceived: 'bytes' } as const
export type WorkMeasure = keyof typeof workMeasures

export function readMeasure(search: URLSearchParams): WorkMeasure {
  const of = search.get('of') ?? ''
  return Object.hasOwn(workMeasures, of) ? (of as WorkMeasure) : 'running'
}

export interface ShareRow {
  /** null: all others. */
  tenantId: string | null
  name: string
  weight: number
  running: number
  waiting: number
  colour: string
  /** Of the places that are in use; null: none is. */
  share: number | null
  /** Of the weights of those who compete; null: it does not. */
  due: number | null
  data: readonly WorkPoint[]
}

/** Who has what, and what the weights would give. */
export function shareRows({ tenants, others }: Fairness): ShareRow[] {
  const running = tenants.reduce((sum, tenant) => sum + tenant.running, others.running)
  const weight = tenants.reduce((sum, each) => sum + (each.isCompeting ? each.weight : 0), others.competingWeight)
  const share = (of: number) => (running === 0 ? null : of / running)
  const due = (of: number) => (of === 0 ? null : of / weight)
  const rows: ShareRow[] = tenants.map((tenant, n) => ({
    tenantId: tenant.tenantId,
    name: tenant.name,
    weight: tenant.weight,
    running: tenant.running,
    waiting: tenant.waiting,
    colour: shareColours[n]!,
    share: share(tenant.running),
    due: due(tenant.isCompeting ? tenant.weight : 0),
    data: tenant.data,
  }))
  const rest: ShareRow = {
    tenantId: null,
    name: plural(others.tenants, 'other'),
    weight: others.competingWeight,
    running: others.running,
    waiting: others.waiting,
    colour: shareColours.at(-1)!,
    share: share(others.running),
    due: due(others.competingWeight),
    data: others.data,
  }
  return others.tenants === 0 ? rows : [...rows, rest]
}
