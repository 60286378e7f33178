import type { Sql } from '../database/database.ts'
import { inFlightStates, publicState, type TaskTransition, taskTransitions } from '../tasks/rules/task.ts'
import { type StepKind, stepOfTransition } from '../timeline/rules/task-step.ts'
import { notingTask } from './notify-live.ts'
import type { TaskRow } from './task-row.ts'
import { countStep, writingSteps } from './write-steps.ts'

/** How the task's timeline names the change, and what it says besides the columns (ledger/write-steps.ts). */
interface Step {
  kind: StepKind
  data: Record<string, unknown>
}

/** What a change is made to: the task of that name, if it is the tenant's and still of the epoch (when these are given). */
interface Which {
  id: string
  tenantId?: string
  epoch?: number
}

/**
 * The one way a task's state changes: a compare-and-set by the transition table, on the epoch too when a lease is given.
 * A change that takes a task out of a worker's hands raises the epoch, which fences that worker. `also` is SQL that sets
 * further columns; its parameters start at $6. The step for the task's timeline is written in the same
 * statement; null: the caller has written one.
 */
export async function transition(
  tx: Sql,
  name: TaskTransition,
  { id, tenantId, epoch }: Which,
  also: string,
  parameters: unknown[] = [],
  step?: Step | null,
): Promise<TaskRow | undefined> {
  const which = {
    ids: [id],
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(epoch === undefined ? {} : { epochs: [epoch] }),
  }
  const [row] = await transitionAll(tx, name, which, also, parameters, step)
  return row
}

/** Of many tasks: each with its own epoch, and with a value of its own (JSON), which `also` calls `given.value`. */
interface WhichOfMany {
  ids: readonly string[]
  tenantId?: string
  epochs?: readonly number[]
  values?: readonly unknown[]
}

/** The same for many tasks at once; the rows of those that were changed, in no order. */
export async function transitionAll(
  tx: Sql,
  name: TaskTransition,
  { ids, tenantId, epochs = [], values = [] }: WhichOfMany,
  also: string,
  parameters: unknown[] = [],
  step?: Step | null,
): Promise<TaskRow[]> {
  const { from, to } = taskTransitions[name]
  const kind = step === null ? null : (step?.kind ?? stepOfTransition[name])
  const given = [ids, to, from, tenantId ?? null, epochs, ...parameters]
  const last = given.push(values.map((value) => JSON.stringify(value)))
  const more = step ? `$${given.push(JSON.stringify(step.data))}` : undefined
  const fences = !inFlightStates.includes(to) ? `, epoch = epoch + 1` : ''
  const change = `update task set state = $2${fences}${kind === null ? '' : `, ${countStep}`}${also && `, ${also}`}
     from unnest($1::text[], $5::int[], $${last}::jsonb[]) as given(task_id, of_epoch, value)
     where id = given.task_id and state = any($3) and ($4::text is null or tenant_id = $4)
       and (given.of_epoch is null or epoch = given.of_epoch)
     returning task.*${changesInPublic(name) ? `, ${notingTask({ type: 'task.state', state: `'${publicState(to)}'` })}` : ''}`
  return tx.many<TaskRow>(
    kind === null
      ? change
      : `with changed as (${change}), ${writingSteps('changed', kind, more)} select * from changed`,
    given,
  )
}

/** Clients see no difference between dispatched and waiting, or completing and running. */
function changesInPublic(name: TaskTransition): boolean {
  const { from, to } = taskTransitions[name]
  return from.some((state) => publicState(state) !== publicState(to))
}
