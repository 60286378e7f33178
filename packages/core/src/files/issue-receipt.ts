import { canonicalJson } from '../kernel/rules/canonical-json.ts'
import { AppError, found } from '../kernel/rules/errors.ts'
import { publicState } from '../tasks/rules/task.ts'
import type { TaskStore } from '../tasks/task-store.ts'
import type { ReceiptSigner } from './receipt-signer.ts'
import { receiptClaims } from './rules/receipt.ts'

interface IssueReceiptPorts {
  stores: { tasks: Pick<TaskStore, 'findTask'> }
  receipts: Pick<ReceiptSigner, 'sign'>
  /** Where clients reach the service: the issuer. Null: not known. */
  publicUrl: string | null
}

/**
 * A completed task's receipt, a compact JWS. It stays when the file is gone, and is the same bytes every time: the claims
 * do not change, and are written in one way only. Throws `not_found`, `receipt_not_available`.
 */
export async function issueReceipt(
  { stores, receipts, publicUrl }: IssueReceiptPorts,
  tenantId: string,
  id: string,
): Promise<string> {
  const task = found('task', await stores.tasks.findTask(tenantId, id))
  const claims = receiptClaims(task, publicUrl)
  if (claims === null) throw new AppError('receipt_not_available', `The task is ${publicState(task.state)}.`)
  return receipts.sign(canonicalJson(claims))
}
