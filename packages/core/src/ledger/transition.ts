import { clockNow, type Sql } from '../database/database.ts'
import {
  inFlightStates,
  isEnded,
  publicState,
  type TaskState,
  type TaskTransition,
  taskTransitions,
} from '../tasks/rules/task.ts'
import { type StepKind, stepOfTransition } from '../timeline/rules/task-step.ts'
import { notingTask } from './notify-live.ts'
import { assignments, type Patch } from './patch.ts'
import type { TaskRow } from './task-row.ts'
import { countStep, writingSteps } from './write-steps.ts'

/** The step's kind in the task's timeline, and its data besides the columns (ledger/write-steps.ts). */
interface Step {
  kind: StepKind
  data: Record<string, unknown>
}

/** The task to be changed: the one of that id, if it is the tenant's and still of the epoch (when these are given). */
interface Which {
  id: string
  tenantId?: string
  epoch?: number
}

/**
 * The one way a task's state changes: a compare-and-set by the transition table, on the epoch too when a lease is given.
 * The step for the task's timeline is written in the same statement: the one that the transition is, unless the caller
 * knows better or has written one itself (`none`). The row as it is then; undefined when the task was not as it had to be.
 */
export async function transition(
  tx: Sql,
  name: TaskTransition,
  { id, tenantId, epoch }: Which,
  set: Patch,
  step?: Step | 'none',
): Promise<TaskRow | undefined> {
  const which = {
    ids: [id],
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(epoch === undefined ? {} : { epochs: [epoch] }),
  }
  const [row] = await transitionAll(tx, name, which, set, step)
  return row
}

/**
 * Tasks to be changed: each with its own epoch, and with a value of its own (JSON), which expressions call
 * `given.value`.
 */
interface WhichOfMany {
  ids: readonly string[]
  tenantId?: string
  epochs?: readonly number[]
  values?: readonly unknown[]
}

/** The same change for many tasks at once; the rows of those that were changed, in no order. */
export async function transitionAll(
  tx: Sql,
  name: TaskTransition,
  { ids, tenantId, epochs = [], values = [] }: WhichOfMany,
  set: Patch,
  step?: Step | 'none',
): Promise<TaskRow[]> {
  const { from, to } = taskTransitions[name]
  const kind = step === 'none' ? null : (step?.kind ?? stepOfTransition[name])
  const parameters: unknown[] = []
  const place = (value: unknown) => `$${parameters.push(value)}`
  const given = [ids, epochs, values.map((value) => JSON.stringify(value))].map(place)
  const tenant = place(tenantId ?? null)
  const change = `update task set state = ${place(to)}${arrival(to)}${kind === null ? '' : `, ${countStep}`}, ${assignments(set, place)}
     from unnest(${given[0]}::text[], ${given[1]}::int[], ${given[2]}::jsonb[]) as given(task_id, of_epoch, value)
     where id = given.task_id and state = any(${place(from)}) and (${tenant}::text is null or tenant_id = ${tenant})
       and (given.of_epoch is null or epoch = given.of_epoch)
     returning task.*${changesInPublic(name) ? `, ${notingTask({ type: 'task.state', state: `'${publicState(to)}'` })}` : ''}`
  if (kind === null) return tx.many<TaskRow>(change, parameters)
  const more = step && step !== 'none' ? place(JSON.stringify(step.data)) : undefined
  return tx.many<TaskRow>(
    `with changed as (${change}), ${writingSteps('changed', kind, more)} select * from changed`,
    parameters,
  )
}

/**
 * The columns that follow from the new state, whatever the change. When a task leaves a worker the epoch rises, which
 * fences that worker.
 */
function arrival(to: TaskState): string {
  const leaves = ', epoch = epoch + 1, worker_id = null, lease_until = null, bytes_per_second = null'
  const ends = `, ended_at = ${clockNow}, retry_at = null`
  return `${inFlightStates.includes(to) ? '' : leaves}${isEnded(to) ? ends : ''}`
}

/** Clients see no difference between dispatched and waiting, or completing and running. */
function changesInPublic(name: TaskTransition): boolean {
  const { from, to } = taskTransitions[name]
  return from.some((state) => publicState(state) !== publicState(to))
}
