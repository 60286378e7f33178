import type { TenantUsagePoint, Usage, UsagePoint } from '@backhaul/core'
import type { Static } from 'typebox'
import type { TenantUsagePointSchema, UsageSchema, UsageTotalsSchema } from './schemas/usage.ts'

function usageFields(usage: Usage): Static<typeof UsageTotalsSchema> {
  const { tasksCreated, tasksCompleted, tasksFailed, tasksCanceled, bytesReceived, bytesSent } = usage
  const { bytesStoredAverage, wakes, deliveryAttempts, deliveryAttemptsFailed, requests } = usage
  return {
    tasksCreated,
    tasksCompleted,
    tasksFailed,
    tasksCanceled,
    bytesReceived,
    bytesSent,
    bytesStoredAverage,
    wakes,
    deliveryAttempts,
    deliveryAttemptsFailed,
    requests,
  }
}

export function usageView({ data, totals }: { data: UsagePoint[]; totals: Usage }): Static<typeof UsageSchema> {
  return {
    data: data.map((point) => ({ at: point.at.toISOString(), ...usageFields(point) })),
    totals: usageFields(totals),
  }
}

export function tenantUsageView(point: TenantUsagePoint): Static<typeof TenantUsagePointSchema> {
  return { tenantId: point.tenantId, at: point.at.toISOString(), ...usageFields(point) }
}
