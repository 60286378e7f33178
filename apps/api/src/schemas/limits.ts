import { leastBytesPerSecond, limitNames } from '@backhaul/core'
import { Type } from 'typebox'
import { closed, instant, nullable, oneOf, ref } from './shapes.ts'

/** What each limit is about, for tenants and operators. */
const descriptions: Record<(typeof limitNames)[number], string> = {
  requestsPerMinute: 'Requests of one API key within a minute.',
  maximumTasksWaiting: 'Tasks that have not ended and are not in flight.',
  maximumTasksInFlight: 'Tasks in flight.',
  maximumStoredBytes: 'Bytes of its files; tasks in flight count with what they are expected to bring.',
  maximumBytesPerDay: 'Bytes that its tasks receive in a day (UTC); tasks in flight count as well.',
  maximumBytesPerSecond: 'Bytes that its transfers receive in a second, together, over all workers.',
  maximumSessions: 'Sessions that are not invalidated.',
  maximumEndpoints: 'Webhook endpoints.',
  maximumApiKeys: 'API keys that work.',
  maximumStreams: 'Event streams, and connections of stream endpoints, in each process of the API.',
}
const maximum = (description: string, minimum = 0) =>
  nullable(Type.Integer({ minimum, maximum: Number.MAX_SAFE_INTEGER }), { description })

export const TenantLimitsSchema = Type.Object(
  {
    requestsPerMinute: Type.Optional(maximum(descriptions.requestsPerMinute)),
    maximumTasksWaiting: Type.Optional(maximum(descriptions.maximumTasksWaiting)),
    maximumTasksInFlight: Type.Optional(maximum(descriptions.maximumTasksInFlight)),
    maximumStoredBytes: Type.Optional(maximum(descriptions.maximumStoredBytes)),
    maximumBytesPerDay: Type.Optional(maximum(descriptions.maximumBytesPerDay)),
    maximumBytesPerSecond: Type.Optional(maximum(descriptions.maximumBytesPerSecond, leastBytesPerSecond)),
    maximumSessions: Type.Optional(maximum(descriptions.maximumSessions)),
    maximumEndpoints: Type.Optional(maximum(descriptions.maximumEndpoints)),
    maximumApiKeys: Type.Optional(maximum(descriptions.maximumApiKeys)),
    maximumStreams: Type.Optional(maximum(descriptions.maximumStreams)),
  },
  { $id: 'TenantLimits', description: "Null: no limit. Absent: the installation's default.", ...closed },
)

export const LimitSchema = Type.Object(
  {
    name: oneOf(limitNames, {
      description: limitNames.map((name) => `\`${name}\`: ${descriptions[name]}`).join(' '),
    }),
    maximum: maximum('Null: there is no limit.'),
    used: Type.Integer({ minimum: 0, description: 'Of it, by now. Streams: of the process that answers.' }),
    resetsAt: Type.Optional(
      instant('`maximumBytesPerDay`: midnight, UTC. `requestsPerMinute`: when there are more requests again.'),
    ),
  },
  { $id: 'Limit', description: 'What a tenant may use at most, and what it uses.', ...closed },
)
export const LimitsSchema = Type.Object(
  { data: Type.Array(ref(LimitSchema), { description: 'Every limit, in a fixed order.' }) },
  { $id: 'Limits', description: 'All limits of a tenant.', ...closed },
)
