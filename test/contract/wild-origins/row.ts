import type { WarningCode } from '#core/tasks/rules/file-warnings.ts'
import type { TaskErrorName } from '#core/tasks/rules/task-error.ts'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import type { Scenario } from '#support/origins/hostile-origin.ts'
import type { RawRequest } from '#support/origins/raw-origin.ts'

/** Text: these bytes for every request, one character a byte, and then the end of the connection. */
export type Answer = string | Scenario

/** One origin that is odd, and what becomes of a task that asks it. */
export interface WildRow {
  /** "An origin that …"; unique. */
  that: string
  /** `elsewhere` is the URL of the second origin. */
  does: Answer | ((request: RawRequest, elsewhere: string) => Answer)
  /** A second origin: at another port of the same host, or at another host, which is an address of the loopback too. */
  elsewhere?: { host?: string; does: Answer | ((request: RawRequest, first: string) => Answer) }
  session?: Record<string, unknown>
  task?: Record<string, unknown>
  /** Of the URL that is asked for. */
  path?: string
  becomes: Completed | Failed | Retried
  /** How many requests the origin sees until then. */
  requests?: number
}

/** All codes of its warnings; absent: none. `stored`: exactly these bytes. */
interface Completed {
  state: 'completed'
  stored: string | Buffer
  warnings?: WarningCode[]
  attempts?: number
  /** Of the file in storage, where a link serves it in a coding. Absent: as many as in `stored`. */
  bytes?: number
  /** Members of the task's `response`. */
  response?: Partial<NonNullable<TaskView['response']>>
}
interface Failed {
  state: 'failed'
  error: TaskErrorName
  detail?: RegExp
  attempts?: number
}
/** It goes on until its deadline: it waits after this many attempts. */
interface Retried {
  state: 'waiting'
  attempts: number
  error?: TaskErrorName
}

/** The file that most rows are about. */
export const theFile = 'the right bytes of the file\n'
export const lines = (...all: string[]): string => `${all.join('\r\n')}\r\n\r\n`
/** A plain 200 with further fields, and the file. */
export const fileWith = (...fields: string[]): string =>
  lines('HTTP/1.1 200 OK', `Content-Length: ${theFile.length}`, ...fields) + theFile
export const completed = (warnings: WarningCode[] = [], stored: string | Buffer = theFile): Completed => ({
  state: 'completed',
  stored,
  warnings,
})
/** Five attempts within minutes, and then failed. */
export const suspect = (error: TaskErrorName, detail?: RegExp): Failed => ({
  state: 'failed',
  error,
  attempts: 5,
  ...(detail ? { detail } : {}),
})
export const final = (error: TaskErrorName, detail?: RegExp): Failed => ({
  state: 'failed',
  error,
  attempts: 1,
  ...(detail ? { detail } : {}),
})
