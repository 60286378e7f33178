import { maxUsagePoints, usageSteps } from '@backhaul/core'
import { Type } from 'typebox'
import { pageSchema } from './page.ts'
import { byteCount, closed, id, instant, oneOf, ref } from './shapes.ts'

const count = (description: string) => Type.Integer({ minimum: 0, description })

const usage = {
  tasksCreated: count('Tasks that were created.'),
  tasksCompleted: count('Tasks that completed.'),
  tasksFailed: count('Tasks that failed.'),
  tasksCanceled: count('Tasks that were canceled.'),
  bytesReceived: byteCount(
    'Of the tasks that ended, as their last event has it (`countOfBytesReceived`): bytes that a task took over from another one are counted with both.',
  ),
  bytesSent: byteCount('Of the tasks that ended. Downloads send none.'),
  bytesStoredAverage: byteCount(
    'The average over all moments of what the files took that were there for the client, temporary and permanent ones. What is not over yet is averaged up to now.',
  ),
  wakes: count('Wakes that were opened.'),
  deliveryAttempts: count('Attempts of deliveries with a result.'),
  deliveryAttemptsFailed: count('Of them, those that the receiver did not take.'),
  requests: count(
    'Requests with a valid key, written every few seconds: those of the last moments before a process was killed are not counted.',
  ),
}
const at = instant('Its beginning, in UTC.')

export const UsageTotalsSchema = Type.Object(usage, { $id: 'UsageTotals', description: 'Of all points.', ...closed })
export const UsagePointSchema = Type.Object(
  { at, ...usage },
  { $id: 'UsagePoint', description: 'What a tenant used in an hour or a day.', ...closed },
)
export const UsageSchema = Type.Object(
  {
    data: Type.Array(ref(UsagePointSchema), { description: 'Every hour or day, in the order of time.' }),
    totals: ref(UsageTotalsSchema),
  },
  { $id: 'Usage', description: 'What a tenant used.', ...closed },
)

export const TenantUsagePointSchema = Type.Object(
  { tenantId: id('ten', 'tenant'), at, ...usage },
  { $id: 'TenantUsagePoint', description: 'What one of the tenants used in an hour or a day.', ...closed },
)
export const TenantUsagePageSchema = pageSchema('TenantUsagePage', TenantUsagePointSchema)

/** The filters of both. */
export const usageFilters = {
  since: Type.Optional(
    instant('The first hour or day is the one that contains it. Default: 30 days before the end, by hours 2 days.'),
  ),
  until: Type.Optional(instant('The last hour or day begins before it. Default, and at the latest: now.')),
  step: Type.Optional(
    oneOf(usageSteps, { default: 'day', description: `In UTC; there are ${maxUsagePoints} points at most.` }),
  ),
}
