import type { Limits } from '../limits/rules/limits.ts'
import { leastBytesPerSecond } from '../sessions/rules/bandwidth-timetable.ts'
import { type SettingKind, whole } from './setting.ts'

/** A limit of tenants for which no operator has set another one. The API's processes need the same; workers need none. */
function limit<const F extends { description: string; unit: string; default?: number; absent?: string }>(
  facts: F,
  minimum = 0,
) {
  const expected = `a whole number of at least ${minimum}`
  return whole({ ...facts, expected, minimum, maximum: Number.MAX_SAFE_INTEGER })
}

/** The rows of the settings' table that limit tenants. */
export const limitSettings = {
  LIMIT_REQUESTS_PER_MINUTE: limit({
    description: 'Requests of one API key within a minute',
    unit: 'requests',
    default: 60_000,
  }),
  LIMIT_TASKS_WAITING: limit({
    description: 'Tasks of one tenant that have not ended and are not in flight',
    unit: 'tasks',
    default: 1_000_000,
  }),
  LIMIT_TASKS_IN_FLIGHT: limit({ description: 'Tasks of one tenant in flight', unit: 'tasks', default: 128 }),
  LIMIT_STORED_BYTES: limit({
    description: 'Bytes of the files of one tenant; while they are reached, its tasks wait',
    unit: 'bytes',
    absent: 'no limit',
  }),
  LIMIT_BYTES_PER_DAY: limit({
    description: 'Bytes that tasks of one tenant receive in a day (UTC); while they are reached, its tasks wait',
    unit: 'bytes',
    absent: 'no limit',
  }),
  LIMIT_BYTES_PER_SECOND: limit(
    {
      description: 'Bytes that all transfers of one tenant receive in a second',
      unit: 'bytes',
      absent: 'no limit',
    },
    leastBytesPerSecond,
  ),
  LIMIT_SESSIONS: limit({
    description: 'Sessions of one tenant that are not invalidated',
    unit: 'sessions',
    default: 100_000,
  }),
  LIMIT_ENDPOINTS: limit({ description: 'Webhook endpoints of one tenant', unit: 'endpoints', default: 1000 }),
  LIMIT_API_KEYS: limit({ description: 'API keys of one tenant that work', unit: 'keys', default: 100 }),
  LIMIT_STREAMS: limit({
    description: 'Event streams of one tenant, and connections of stream endpoints, in one process of the API',
    unit: 'streams',
    default: 16,
  }),
}

type LimitValues = {
  [Name in keyof typeof limitSettings]: (typeof limitSettings)[Name] extends SettingKind<infer Value> ? Value : never
}

/** The installation's limits, by the API's names. */
export function limitsOf(values: LimitValues): Limits {
  return {
    requestsPerMinute: values.LIMIT_REQUESTS_PER_MINUTE,
    maximumTasksWaiting: values.LIMIT_TASKS_WAITING,
    maximumTasksInFlight: values.LIMIT_TASKS_IN_FLIGHT,
    maximumStoredBytes: values.LIMIT_STORED_BYTES ?? null,
    maximumBytesPerDay: values.LIMIT_BYTES_PER_DAY ?? null,
    maximumBytesPerSecond: values.LIMIT_BYTES_PER_SECOND ?? null,
    maximumSessions: values.LIMIT_SESSIONS,
    maximumEndpoints: values.LIMIT_ENDPOINTS,
    maximumApiKeys: values.LIMIT_API_KEYS,
    maximumStreams: values.LIMIT_STREAMS,
  }
}
