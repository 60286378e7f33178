import { type UsagePoint, usageCounters } from './usage-points.ts'

/** A tenant's usage in an hour or a day. */
export interface TenantUsagePoint extends UsagePoint {
  tenantId: string
}

/** Columns that were added later come last. */
const added = ['deliveryAttemptsFailed'] as const satisfies (typeof usageCounters)[number][]
const isAdded = (name: string) => added.some((each) => each === name)
const columns = [
  'tenantId',
  'at',
  ...usageCounters.filter((name) => !isAdded(name)),
  'bytesStoredAverage',
  ...added,
] as const

/** The row of the columns' names (RFC 4180). */
export const usageCsvHeader = line(columns)

/** Rows of the usage, in the order of the columns (RFC 4180). */
export function usageCsv(points: readonly TenantUsagePoint[]): string {
  return points.map((point) => line(columns.map((name) => textOf(point[name])))).join('')
}

function textOf(value: string | number | Date): string {
  return value instanceof Date ? value.toISOString() : String(value)
}

/** A field is quoted when it has to be. */
function line(fields: readonly string[]): string {
  return `${fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',')}\r\n`
}
