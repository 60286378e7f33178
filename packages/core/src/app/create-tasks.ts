import { AppError, type Fault, type ProblemCode, problems } from '../domain/errors.ts'
import type { Task } from '../domain/task.ts'
import { type Once, onceOf, type Replay } from './idempotency.ts'
import { type GivenTask, type PlanTaskPorts, planTask } from './plan-task.ts'
import type { CreatedTasks, TaskStore } from './stores.ts'

export interface CreateTasksPorts extends PlanTaskPorts {
  store: Pick<TaskStore, 'createTasks'>
}

/** A task as it was given, and where in the request (JSON pointer). */
export interface TaskAt {
  given: GivenTask
  pointer: string
}

/**
 * Creates all of the tasks or none. `known` are faults that were found before, of other tasks of the same request.
 * Throws every fault of every task at once (with the code they share, otherwise `invalid_request`), `not_found`,
 * `session_invalidated`.
 */
export async function createTasks(
  ports: CreateTasksPorts,
  tenantId: string,
  sessionIdentifier: string,
  tasks: TaskAt[],
  once: Once<Task[]> | undefined,
  known: Fault[] = [],
): Promise<Task[] | Replay> {
  const plans = tasks.map(({ given, pointer }) => planTask(ports, given, pointer))
  const faults = [...known, ...plans.flatMap((plan) => plan.faults)]
  if (faults.length > 0) throw refusal(faults)
  const created = await ports.store.createTasks(
    tenantId,
    sessionIdentifier,
    plans.flatMap(({ task }) => task ?? []),
    onceOf(once, (made: CreatedTasks) => (typeof made === 'string' ? null : made)),
  )
  if (created === 'not_found') throw new AppError('not_found', 'There is no such session.')
  if (created === 'invalidated') throw new AppError('session_invalidated', 'The session takes no new tasks.')
  return created
}

function refusal(faults: Fault[]): AppError {
  const [first, ...others] = faults as [Fault, ...Fault[]]
  const shared = others.every(({ code }) => code === first.code)
  const code: ProblemCode = shared && first.code in problems ? (first.code as ProblemCode) : 'invalid_request'
  const detail = others.length === 0 ? first.detail : `There are ${faults.length} faults; nothing was created.`
  return new AppError(code, detail, { errors: faults })
}
