import { classOf as classOfName, type RetryPolicy } from '#core/tasks/rules/retry-policy.ts'
import type { RetryClass } from '#core/tasks/rules/task-error.ts'
import type { TransferError } from '#transfer/http/rules/transfer-error.ts'

export type { RetryClass, RetryPolicy }

/** How long the attempt that ended so would be repeated. */
export const classOf = (error: TransferError | null): RetryClass | null =>
  error === null ? null : classOfName(error.failure, error.status)
