import { type IdempotentRequest, type Replay, withOutcome } from '../idempotency/idempotent-request.ts'
import type { Encryptor } from '../kernel/encryptor.ts'
import {
  AppError,
  maxReportedErrors,
  notFound,
  type ProblemCode,
  problems,
  type RequestError,
  summaryOf,
} from '../kernel/rules/errors.ts'
import { readResumeData } from './rules/resume-data.ts'
import type { Task } from './rules/task.ts'
import { errorsOfRejections, TasksRefused } from './rules/task-rejections.ts'
import type { CreatedTasks, TaskStore } from './task-store.ts'
import { type GivenTask, type PlanTaskPorts, planTask, type ResumedTask } from './validate-task.ts'

interface CreateTasksPorts extends PlanTaskPorts {
  stores: { tasks: Pick<TaskStore, 'createTasks' | 'findTask'> }
  encryptor: Pick<Encryptor, 'sign' | 'signatures'>
}

/** A task as it was given, and where in the request (JSON pointer). */
interface TaskAt {
  given: GivenTask
  pointer: string
}

/**
 * Creates all of the tasks or none. `known` are errors that were found before, of other tasks of the same request.
 * Throws the errors of all tasks at once (with the code they share, otherwise `invalid_request`), `not_found`,
 * `session_invalidated`, `file_key_taken`.
 */
export async function createTasks(
  ports: CreateTasksPorts,
  tenantId: string,
  sessionIdentifier: string,
  tasks: TaskAt[],
  idempotent: IdempotentRequest<Task[]> | undefined,
  known: RequestError[] = [],
): Promise<Task[] | Replay> {
  const plans = []
  const errors = [...known]
  for (const { given, pointer } of tasks) {
    const resumed = await findResumed(ports, tenantId, given.resumeData)
    const plan = planTask(ports, given, pointer, { tenantId, resumed })
    plans.push(plan)
    errors.push(...plan.errors)
    if (errors.length > maxReportedErrors) break
  }
  if (errors.length > 0) throw refusal(errors)
  const created = await ports.stores.tasks
    .createTasks(
      tenantId,
      sessionIdentifier,
      plans.flatMap(({ task }) => task ?? []),
      withOutcome(idempotent, (made: CreatedTasks) => (typeof made === 'string' ? null : made)),
    )
    .catch((error: unknown) => {
      if (error instanceof TasksRefused) throw refusal(errorsOfRejections(error, (index) => tasks[index]!.pointer))
      throw error
    })
  if (created === 'not_found') throw notFound('session')
  if (created === 'invalidated') throw new AppError('session_invalidated', 'The session takes no new tasks.')
  return created
}

/** The task that resume data names; it has ended, so its row stays as it is read. null: there is none. */
async function findResumed(
  { stores, encryptor }: CreateTasksPorts,
  tenantId: string,
  token: string | undefined,
): Promise<ResumedTask | null> {
  const kept = token === undefined ? null : readResumeData(encryptor, tenantId, token)
  const task = kept && (await stores.tasks.findTask(tenantId, kept.taskId))
  return task && { task, kept: kept! }
}

/** With the code that all errors share, otherwise `invalid_request`. */
export function refusal(errors: RequestError[]): AppError {
  const first = errors[0]!
  const shared = errors.every(({ code }) => code === first.code)
  const code: ProblemCode = shared && first.code in problems ? (first.code as ProblemCode) : 'invalid_request'
  const detail = errors.length === 1 ? first.detail : `${summaryOf(errors)}; nothing was created`
  return new AppError(code, detail, { errors })
}
