import type { Limit, UsagePoint, UsageTotals } from '@backhaul/sdk'
import { bytesText } from './quantities.ts'
import type { Column } from './table.ts'

export type UsageRow = UsageTotals & { at: string; tenantId?: string }

/** The columns of usage by hours or days. */
export const usageColumns: Column<UsageRow>[] = [
  { title: 'TIME', of: ({ at }) => at.replace(/:00\.000Z$/, 'Z').replace('T00:00Z', '') },
  { title: 'TASKS', of: ({ tasksCreated }) => tasksCreated, right: true },
  { title: 'FAILED', of: ({ tasksFailed }) => tasksFailed, right: true, spare: 3 },
  { title: 'RECEIVED', of: ({ bytesReceived }) => bytesText(bytesReceived), right: true },
  { title: 'STORED AVG', of: ({ bytesStoredAverage }) => bytesText(bytesStoredAverage), right: true, spare: 1 },
  { title: 'SENT', of: ({ bytesSent }) => bytesText(bytesSent), right: true, spare: 6 },
  { title: 'WAKES', of: ({ wakes }) => wakes, right: true, spare: 4 },
  { title: 'DELIVERIES', of: ({ deliveryAttempts }) => deliveryAttempts, right: true, spare: 5 },
  { title: 'REQUESTS', of: ({ requests }) => requests, right: true, spare: 2 },
]

/** The points from the first to the last in which something was used, with the sum of all below. Empty: nothing was. */
export function usageRows(points: readonly UsagePoint[], totals: UsageTotals): UsageRow[] {
  const from = points.findIndex(isUsed)
  if (from < 0) return []
  return [...points.slice(from, points.findLastIndex(isUsed) + 1), { ...totals, at: 'total' }]
}

function isUsed({ at: _time, ...amounts }: UsagePoint): boolean {
  return Object.values(amounts).some((amount) => amount !== 0)
}

export const limitColumns: Column<Limit>[] = [
  { title: 'LIMIT', of: ({ name }) => name, cuttable: true },
  { title: 'USED', of: ({ name, used }) => amount(name, used), right: true },
  { title: 'OF', of: ({ name, maximum }) => (maximum === null ? 'no limit' : amount(name, maximum)), right: true },
  { title: 'RESETS', of: ({ resetsAt }) => resetsAt ?? '-', spare: 1 },
]

function amount(name: string, value: number): string {
  return /bytes/i.test(name) ? bytesText(value) : value.toLocaleString('en-US')
}
