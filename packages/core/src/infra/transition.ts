import { inFlightStates, publicState, type TaskTransition, taskTransitions } from '../domain/task.ts'
import { type StepKind, stepOfTransition } from '../domain/task-step.ts'
import { notingTask } from './announce-live.ts'
import type { Sql } from './database.ts'
import type { Task as TaskRow } from './generated/client.ts'
import { countStep, writingSteps } from './task-steps.ts'

/** How the task's timeline names the change, and what it says besides the columns (infra/task-steps.ts). */
interface Step {
  kind: StepKind
  data: Record<string, unknown>
}

/** What a change is made to: tasks that are named, if they are the tenant's and still of the epoch (when these are given). */
interface Which {
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
  which: Which & { id: string },
  also: string,
  parameters: unknown[] = [],
  step?: Step | null,
): Promise<TaskRow | undefined> {
  const [row] = await transitionAll(tx, name, { ...which, ids: [which.id] }, also, parameters, step)
  return row
}

/** The same for many tasks at once; the rows of those that were changed, in no order. */
export async function transitionAll(
  tx: Sql,
  name: TaskTransition,
  which: Which & { ids: string[] },
  also: string,
  parameters: unknown[] = [],
  step?: Step | null,
): Promise<TaskRow[]> {
  const { from, to } = taskTransitions[name]
  const kind = step === null ? null : (step?.kind ?? stepOfTransition[name])
  const fences = !inFlightStates.includes(to) ? `, epoch = epoch + 1` : ''
  const change = `update task set state = $2${fences}${kind === null ? '' : `, ${countStep}`}${also && `, ${also}`}
     where id = any($1) and state = any($3) and ($4::text is null or tenant_id = $4) and ($5::int is null or epoch = $5)
     returning *${changesInPublic(name) ? `, ${notingTask({ type: 'task.state', state: `'${publicState(to)}'` })}` : ''}`
  const given = [which.ids, to, from, which.tenantId ?? null, which.epoch ?? null, ...parameters]
  const more = step ? `$${given.push(JSON.stringify(step.data))}` : undefined
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
