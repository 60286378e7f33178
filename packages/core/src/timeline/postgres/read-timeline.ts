import { decodeCursor, pageOf } from '../../database/cursor.ts'
import { clockNow } from '../../database/database.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { findTask } from '../../ledger/read-task.ts'
import { taskOf } from '../../ledger/task-row.ts'
import type { TaskDelivery, TaskEvent, TaskWake } from '../rules/delivery-text.ts'
import type { TaskStep } from '../rules/task-step.ts'
import { comparePlaces, type TaskDecision, timelineOf } from '../rules/timeline.ts'
import type { TimelineStore } from '../timeline-store.ts'

/** A place in a timeline (timeline/rules/timeline.ts), as a cursor. */
const placeShape = /^\d{1,15}\.\d{1,3}\.\d{1,10}$/
/** A task has three events; their deliveries can be repeated by hand. */
const toldAtMost = 200

/** The rows of a task's timeline, each found by the task's id or through a row found so. */
export function createTimelineStore(ledger: Ledger): TimelineStore {
  return {
    async readTimeline(tenantId, id, { limit, cursor }) {
      const after = decodeCursor(cursor, placeShape)?.split('.').map(Number) as [number, number, number] | undefined
      const row = await findTask(ledger, tenantId, id)
      if (!row) return null
      const [steps, events, deliveries, decisions, clock] = await Promise.all([
        ledger.many<TaskStep>('select number, at, kind, data from task_step where task_id = $1 order by number', [id]),
        ledger.many<TaskEvent & { wakeId: string | null }>(
          'select id, type, created_at as at, wake_id from event where task_id = $1 order by sequence limit $2',
          [id, toldAtMost],
        ),
        ledger.many<TaskDelivery>(
          `select d.id, d.event_id, d.state, d.attempts, d.ended_at, d.wake_id
           from event e join delivery d on d.event_id = e.id where e.task_id = $1 order by d.id limit $2`,
          [id, toldAtMost],
        ),
        ledger.many<TaskDecision>('select * from decision where task_id = $1 order by asked_at, event_id limit $2', [
          id,
          toldAtMost,
        ]),
        ledger.first<{ now: Date }>(`select ${clockNow} as now`),
      ])
      const wakeIds = new Set([...events, ...deliveries].map(({ wakeId }) => wakeId).filter((wake) => wake !== null))
      const wakes = await ledger.many<TaskWake>('select * from wake where id = any($1) order by id', [[...wakeIds]])
      const task = taskOf(row, ledger.encryptor)
      const facts = {
        at: clock!.now,
        task,
        stepCount: row.steps,
        steps,
        events,
        deliveries,
        wakes,
        decisions,
      }
      const { entries, omittedSteps } = timelineOf(facts)
      const rest = after === undefined ? entries : entries.filter(({ place }) => comparePlaces(place, after) > 0)
      const page = pageOf(
        rest,
        limit,
        ({ place }) => place.join('.'),
        ({ entry }) => entry,
      )
      return { ...page, omittedSteps }
    },
  }
}
