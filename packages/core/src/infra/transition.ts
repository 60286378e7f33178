import { inFlightStates, type TaskTransition, taskTransitions } from '../domain/task.ts'
import { type StepKind, stepOfTransition } from '../domain/task-step.ts'
import type { Sql } from './database.ts'
import type { Task as TaskRow } from './generated/client.ts'
import { countStep, writingSteps } from './task-steps.ts'

/** How the task's timeline names the change, and what it says besides the columns (infra/task-steps.ts). */
interface Step {
  kind: StepKind
  data: Record<string, unknown>
}

/**
 * The one way a task's state changes: a compare-and-set by the transition table, on the epoch too when a lease is given.
 * A change that takes a task out of a worker's hands raises the epoch, which fences that worker. `also` is SQL that sets
 * further columns; its parameters start at $6. The step for the task's timeline is written in the same statement.
 */
export async function transition(
  tx: Sql,
  name: TaskTransition,
  which: { id: string; tenantId?: string; epoch?: number },
  also: string,
  parameters: unknown[] = [],
  step?: Step,
): Promise<TaskRow | undefined> {
  const { from, to } = taskTransitions[name]
  const kind = step?.kind ?? stepOfTransition[name]
  const fences = !inFlightStates.includes(to) ? `, epoch = epoch + 1` : ''
  const change = `update task set state = $2${fences}${kind === null ? '' : `, ${countStep}`}${also && `, ${also}`}
     where id = $1 and state = any($3) and ($4::text is null or tenant_id = $4) and ($5::int is null or epoch = $5)
     returning *`
  const given = [which.id, to, from, which.tenantId ?? null, which.epoch ?? null, ...parameters]
  const more = step && `$${given.push(JSON.stringify(step.data))}`
  const [row] = await tx.many<TaskRow>(
    kind === null
      ? change
      : `with changed as (${change}), ${writingSteps('changed', kind, more)} select * from changed`,
    given,
  )
  return row
}
