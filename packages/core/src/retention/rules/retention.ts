import { deadLetterDays } from '../../events/rules/event-retention.ts'

/** How long is kept what no setting is about. Days. */
const presenceDays = 30
const usageDays = 400

/** What the operator sets. Days. */
export interface RetentionSettings {
  taskRetentionDays: number
  eventRetentionDays: number
}

/** Days that something is kept, at least. */
export interface Retention {
  /** Since its end: a task without a file, with its timeline and decisions. */
  task: number
  /** Since it was written: a task's event that goes together with its task. */
  taskEvent: number
  /** Since the task has gone: that it is known to have been there. */
  goneTask: number
  /** Since it was invalidated: a session without tasks and events, with its wakes and delivery lanes. */
  session: number
  /** Since it was closed: a wake, if no delivery is left that was made in it. */
  wake: number
  /** Since it was deleted: an endpoint without sessions. */
  endpoint: number
  /** That the client went to the foreground and back. */
  presence: number
  /** The usage of an hour. */
  usage: number
}

/** A wake and an endpoint are named by events and deliveries, so they are kept as long as those can be. */
export function retentionOf({ taskRetentionDays, eventRetentionDays }: RetentionSettings): Retention {
  const longest = Math.max(deadLetterDays, taskRetentionDays, eventRetentionDays)
  return {
    task: taskRetentionDays,
    taskEvent: Math.min(taskRetentionDays, eventRetentionDays),
    goneTask: taskRetentionDays,
    session: taskRetentionDays,
    wake: longest,
    endpoint: longest,
    presence: presenceDays,
    usage: usageDays,
  }
}
