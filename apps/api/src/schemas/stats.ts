import { type StatsRangeName, statsRanges } from '@backhaul/core'
import { Type } from 'typebox'
import { byteCount, closed, instant, nullable, ref } from './shapes.ts'

/** No enum: what begins with a digit is no constant's name in clients of other languages. */
const range = (description: string, given: object = {}) =>
  Type.Unsafe<StatsRangeName>(Type.String({ pattern: `^(${statsRanges.join('|')})$`, description, ...given }))

const count = (description: string) => Type.Integer({ minimum: 0, description })

export const StatsPointSchema = Type.Object(
  {
    at: instant('Its beginning, in UTC.'),
    tasksCreated: count('Tasks that were created.'),
    tasksCompleted: count('Tasks that completed.'),
    tasksFailed: count('Tasks that failed.'),
    tasksCanceled: count('Tasks that were canceled.'),
    bytesReceived: byteCount('Of the tasks that ended.'),
    wakes: count('Wakes that were opened.'),
    deliveryAttempts: count('Attempts of deliveries with a result.'),
    deliveryAttemptsFailed: count('Of them, those that the receiver did not take.'),
    running: nullable(count('The most tasks that ran at the end of one of its minutes; null: nobody looked yet.')),
    waiting: nullable(
      count(
        'The most tasks that waited at the end of one of its minutes, suspended ones among them; null: nobody looked yet.',
      ),
    ),
  },
  { $id: 'StatsPoint', description: 'What happened in a minute or an hour.', ...closed },
)

export const StatsNowSchema = Type.Object(
  {
    at: instant('When that was, by the clock of the database.'),
    running: count('Tasks that run.'),
    waiting: count('Tasks that wait, suspended ones among them.'),
  },
  { $id: 'StatsNow', description: 'The tasks at the moment.', ...closed },
)

export const StatsSchema = Type.Object(
  {
    range: range('What was asked for.'),
    stepSeconds: count('So long is each point: a minute or an hour.'),
    from: instant('The beginning of the first point.'),
    until: instant('The end of the last point, which is not over.'),
    sampledAt: nullable(
      instant('When a worker has last looked at the tasks of all tenants, usually a minute ago at most; null: never.'),
    ),
    data: Type.Array(ref(StatsPointSchema), { description: 'Every minute or hour, in the order of time.' }),
    now: ref(StatsNowSchema),
  },
  { $id: 'Stats', description: "What a tenant's tasks did of late.", ...closed },
)

export const statsFilters = {
  range: Type.Optional(
    range('`1h` (60 points of a minute), `24h` or `7d` (24 or 168 points of an hour).', { default: '1h' }),
  ),
}
