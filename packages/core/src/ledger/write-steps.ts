import { clockNow } from '../database/database.ts'
import { keptSteps, type StepKind } from '../timeline/rules/task-step.ts'

/** The columns of the task after the change that a kind of step keeps. */
const kept: Record<StepKind, string> = {
  suspended: '',
  resumed: "'readyAt', ready_at",
  released: "'gatedUntil', gate, 'gateDelaySeconds', gate_delay",
  changed: '',
  putOff: "'readyAt', ready_at",
  dispatched: "'readyAt', ready_at",
  began: "'attempt', attempts + 1, 'workerId', worker_id",
  sealed: "'bytes', transfer -> 'sealed' -> 'bytes'",
  attemptFailed: `'attempt', attempts, 'error', error -> 'name', 'detail', error -> 'detail', 'readyAt', ready_at`,
  handedBack: "'readyAt', ready_at",
  leaseLost: "'state', lost_state, 'workerId', lost_worker",
  fileKept: '',
  fileMoved: "'key', file_key",
  fileRenewed: "'leaseExpiresAt', file_lease_expires_at",
  fileReleased: '',
}

/** To be set by a statement that changes a task and writes a step of it. */
export const countStep = 'steps = steps + 1'

/** On the way of every task, so they leave forgetting to the others: none of them comes twice without another between. */
const onTheWay: readonly StepKind[] = ['dispatched', 'began', 'sealed']

/**
 * Common table expressions after the change itself: one step for each row of `changed`, which has `id`, `steps` (see
 * {@link countStep}) and the columns that the kind keeps. They are part of the statement that makes the change, so
 * there is never one without the other, and they cost no round trip. `more`: a parameter with further data as JSON.
 */
export function writingSteps(changed: string, kind: StepKind, more?: string): string {
  const data = `jsonb_build_object(${kept[kind]})${more === undefined ? '' : ` || coalesce(${more}::jsonb, '{}')`}`
  const { first, newest } = keptSteps
  const writing = `stepped as (
      insert into task_step (task_id, number, at, kind, data)
      select id, steps, ${clockNow}, '${kind}', ${data} from ${changed}
    )`
  if (onTheWay.includes(kind)) return writing
  return `${writing}, forgotten as (
      delete from task_step using ${changed} as changed
      where changed.steps > ${first + newest} and task_id = changed.id
        and number > ${first} and number <= changed.steps - ${newest}
    )`
}
