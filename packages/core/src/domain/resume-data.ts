import type { SavedPart } from './resume.ts'
import { strongValidator } from './resume.ts'
import type { TaskState } from './task.ts'

/** How long what a canceled task has received is kept for a task made of its resume data. */
export const resumeDataHours = 72

/** Why a canceled task has no resume data. */
export const resumeDataUnavailableReasons = [
  /** Not one part has been stored yet. */
  'nothingReceived',
  /** The origin gave no strong ETag, without which nothing proves that the file is still the same one. */
  'noStrongValidator',
  /** The origin said that it serves no ranges. */
  'rangesNotSupported',
  /** Every byte had been received, and the file was being put together. */
  'allBytesReceived',
  /** It was canceled before without asking for resume data, or what was kept has been taken over or has expired. */
  'taskAlreadyEnded',
] as const
export type ResumeDataUnavailableReason = (typeof resumeDataUnavailableReasons)[number]

/** What resume data names: what a canceled task has received, and how long it is kept. */
export interface KeptTransfer {
  taskId: string
  generation: number
  until: Date
}

/** Why what a task has received cannot be taken up by another one; null when it can. */
export function whyNotResumable(task: {
  state: TaskState
  transfer: { validator: string | null; sealed: unknown } | null
  parts: readonly Pick<SavedPart, 'number'>[]
  /** The answer's tag as the origin sent it. */
  etag: string | null
}): Exclude<ResumeDataUnavailableReason, 'taskAlreadyEnded'> | null {
  if (task.state === 'completing' || task.transfer?.sealed) return 'allBytesReceived'
  if (task.transfer !== null && task.transfer.validator === null) {
    return strongValidator(task.etag ?? undefined) === null ? 'noStrongValidator' : 'rangesNotSupported'
  }
  return task.transfer === null || task.parts.length === 0 ? 'nothingReceived' : null
}
