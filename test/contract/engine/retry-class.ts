import { classOf as classOfFault, type RetryPolicy } from '#core/tasks/rules/retry-policy.ts'
import type { RetryClass } from '#core/tasks/rules/task-error.ts'
import type { TransferFault } from '#transfer/http/rules/transfer-error.ts'

export type { RetryClass, RetryPolicy }

/** How long the attempt that ended so would be repeated. */
export const classOf = (fault: TransferFault | null): RetryClass | null =>
  fault === null ? null : classOfFault(fault.fault, fault.status)
