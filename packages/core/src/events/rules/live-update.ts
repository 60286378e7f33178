import type { Notice } from '../../kernel/rules/announcement.ts'
import type { PublicTaskState } from '../../tasks/rules/task.ts'
import { type ProgressView, progressView } from '../../tasks/rules/task-view.ts'
import type { WaitingFor } from '../../tasks/rules/waiting-reason-text.ts'

/** Notes of the live stream beside the stored events. A note is sent once: a reader that misses it reads the task. */
const liveNoteTypes = ['task.state', 'task.progress', 'task.resumed_at_offset'] as const

/** As the processes announce it to each other: ids and numbers only. */
export type LiveNotice = { tenantId: string; sessionIdentifier: string; taskIds: string[] } & (
  | { type: 'task.state'; state: PublicTaskState }
  | { type: 'task.progress'; bytesReceived: number; bytesExpected: number | null; bytesPerSecond: number | null }
  | { type: 'task.resumed_at_offset'; offset: number; expectedTotalBytes: number | null }
)

/** A newer process may tell of more. */
export function isLiveNotice(notice: Notice): notice is LiveNotice {
  return liveNoteTypes.some((type) => type === notice.type)
}

/** As a client reads it. */
export type LiveNote = { taskId: string; sessionIdentifier: string } & (
  | { type: 'task.state'; state: PublicTaskState; waitingFor?: WaitingFor[] }
  | { type: 'task.progress'; progress: ProgressView }
  | { type: 'task.resumed_at_offset'; offset: number; expectedTotalBytes: number | null }
)

/** One for every task that the announcement names. */
export function liveNotes(notice: LiveNotice): LiveNote[] {
  return notice.taskIds.map((taskId) => noteOf(notice, { taskId, sessionIdentifier: notice.sessionIdentifier }))
}

function noteOf(notice: LiveNotice, about: Pick<LiveNote, 'taskId' | 'sessionIdentifier'>): LiveNote {
  switch (notice.type) {
    case 'task.state':
      return { type: notice.type, ...about, state: notice.state }
    case 'task.progress':
      return { type: notice.type, ...about, progress: progressView(notice) }
    case 'task.resumed_at_offset': {
      const { offset, expectedTotalBytes } = notice
      return { type: notice.type, ...about, offset, expectedTotalBytes }
    }
  }
}

/** At most two a second for each task, however its worker's announcements bunch up on the way. */
export const progressEveryMs = 500

/** Whether a task's progress may be shown now, if it was last shown at `lastMs`. */
export function mayShowProgress(lastMs: number | undefined, nowMs: number): boolean {
  return lastMs === undefined || nowMs - lastMs >= progressEveryMs
}
