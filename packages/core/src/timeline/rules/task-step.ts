import type { TaskTransition } from '../../tasks/rules/task.ts'

/** Facts about a task that its row does not keep: they are written when they happen (ledger/write-steps.ts). */
export const stepKinds = [
  'suspended',
  'resumed',
  'released',
  'changed',
  'putOff',
  'dispatched',
  'began',
  'sealed',
  'attemptFailed',
  'handedBack',
  'leaseLost',
  'fileKept',
  'fileMoved',
  'fileRenewed',
  'fileReleased',
] as const
export type StepKind = (typeof stepKinds)[number]

/** The step that a transition is, unless its caller knows better; null: the task's row tells of it for good. */
export const stepOfTransition: Record<TaskTransition, StepKind | null> = {
  resume: 'resumed',
  suspend: 'suspended',
  dispatch: 'dispatched',
  begin: 'began',
  finalize: 'sealed',
  giveBack: 'handedBack',
  complete: null,
  fail: null,
  cancel: null,
}

/** Steps kept per task: the first ones, which say how it began, and the newest. */
export const keptSteps = { first: 50, newest: 450 }

export interface TaskStep {
  number: number
  at: Date
  kind: StepKind
  /** Each kind's own; times are text. */
  data: Record<string, unknown>
}
