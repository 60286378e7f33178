import { inFlightStates, publicState, type TaskTransition, taskTransitions } from '../domain/task.ts'
import { notingTask } from './announce-live.ts'
import type { Sql } from './database.ts'
import type { Task as TaskRow } from './generated/client.ts'

/**
 * The one way a task's state changes: a compare-and-set by the transition table, on the epoch too when a lease is given.
 * A change that takes a task out of a worker's hands raises the epoch, which fences that worker. `also` is SQL that sets
 * further columns; its parameters start at $6.
 */
export async function transition(
  tx: Sql,
  name: TaskTransition,
  which: { id: string; tenantId?: string; epoch?: number },
  also: string,
  parameters: unknown[] = [],
): Promise<TaskRow | undefined> {
  const { from, to } = taskTransitions[name]
  const fences = !inFlightStates.includes(to) ? `, epoch = epoch + 1` : ''
  const [row] = await tx.many<TaskRow>(
    `update task set state = $2${fences}${also && `, ${also}`}
     where id = $1 and state = any($3) and ($4::text is null or tenant_id = $4) and ($5::int is null or epoch = $5)
     returning *${changesInPublic(name) ? `, ${notingTask({ type: 'task.state', state: `'${publicState(to)}'` })}` : ''}`,
    [which.id, to, from, which.tenantId ?? null, which.epoch ?? null, ...parameters],
  )
  return row
}

/** Clients see no difference between dispatched and waiting, or completing and running. */
function changesInPublic(name: TaskTransition): boolean {
  const { from, to } = taskTransitions[name]
  return from.some((state) => publicState(state) !== publicState(to))
}
