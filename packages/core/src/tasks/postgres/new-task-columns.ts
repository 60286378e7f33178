import { snakeCase } from '../../ledger/patch.ts'
import { settingColumns } from '../../ledger/setting-columns.ts'
import type { TaskRow } from '../../ledger/task-row.ts'
import type { TaskSettings } from '../rules/task-settings.ts'
import type { NewTask } from '../task-store.ts'
import type { PlannedStart } from './plan-start.ts'

/** A new task with the values that were decided for it. */
export interface PlannedTask extends PlannedStart {
  task: NewTask
  /** Its number in the session. */
  number: number
  /** Until when the wake limiter delays it, and the delay; null: it does not. */
  gatedUntil: Date | null
  gateDelaySeconds: number | null
  /** When it is created. */
  now: Date
  asksBeforeBegin: boolean
  /** Of the request that creates it (W3C Trace Context); null: it came without. */
  traceparent: string | null
}

interface NewColumn {
  type: string
  of(planned: PlannedTask): unknown
}

const column = (type: string, of: NewColumn['of']): NewColumn => ({ type, of })

const columnsOfSettings = Object.fromEntries(
  Object.entries(settingColumns).map(([setting, { column: name, type }]) => [
    name,
    column(type, ({ task }) => task[setting as keyof TaskSettings]),
  ]),
)

/** The columns of a new task that differ between tasks created together; the rest has the schema's defaults. */
const newTaskColumns: Partial<Record<keyof TaskRow, NewColumn>> = {
  id: column('text', ({ task }) => task.id),
  taskIdentifier: column('int', ({ number }) => number),
  host: column('text', ({ task }) => task.host),
  state: column('text', ({ task }) => (task.suspended ? 'suspended' : 'waiting')),
  due: column('boolean', ({ task, readyAt, now }) => !task.suspended && readyAt <= now),
  readyAt: column('timestamptz', ({ readyAt }) => readyAt),
  asksBeforeBegin: column('boolean', ({ asksBeforeBegin }) => asksBeforeBegin),
  traceparent: column('text', ({ traceparent }) => traceparent),
  isDiscretionary: column('boolean', ({ isDiscretionary }) => isDiscretionary),
  effectiveDiscretionary: column('boolean', ({ effectiveDiscretionary }) => effectiveDiscretionary),
  earliestBeginDate: column('timestamptz', ({ task }) => task.earliestBeginDate),
  gated: column('boolean', ({ gatedUntil }) => gatedUntil !== null),
  gatedUntil: column('timestamptz', ({ gatedUntil }) => gatedUntil),
  gateDelaySeconds: column('float8', ({ gateDelaySeconds }) => gateDelaySeconds),
  deadline: column('timestamptz', ({ deadline }) => deadline),
  latestStart: column('timestamptz', ({ latestStart }) => latestStart),
  resumedAt: column('timestamptz', ({ task, now }) => (task.suspended ? null : now)),
  ...columnsOfSettings,
}

const columns = Object.entries(newTaskColumns).map(([name, { type, of }]) => ({ name: snakeCase(name), type, of }))

/** The list of the columns, and the same with their types. */
export const newTaskColumnList = columns.map(({ name }) => name).join(', ')
export const newTaskColumnTypes = columns.map(({ name, type }) => `${name} ${type}`).join(', ')

/** Their values, for jsonb_to_recordset; what is null is left out. */
export function newTaskRecords(planned: readonly PlannedTask[]): Record<string, unknown>[] {
  const text = dateTexts()
  return planned.map((each) => {
    const record: Record<string, unknown> = {}
    for (const { name, of } of columns) {
      const value = of(each)
      if (value !== null) record[name] = value instanceof Date ? text(value) : value
    }
    return record
  })
}

/** Many of the dates are the same, and writing them as JSON would cost more than all the rest. */
function dateTexts(): (date: Date) => string {
  const texts = new Map<number, string>()
  return (date) => {
    const ms = date.getTime()
    const text = texts.get(ms) ?? date.toISOString()
    texts.set(ms, text)
    return text
  }
}
