import type { Transaction } from '@backhaul/transfer/rules'
import type { BodyCut } from '../../tasks/rules/task.ts'
import type { TaskErrorName } from '../../tasks/rules/task-error.ts'

interface CutAttempt {
  errorName: TaskErrorName
  /** The attempt's own requests. */
  transactions: readonly Pick<Transaction, 'status' | 'resumedFrom' | 'countOfResponseBodyBytesReceived'>[]
  /** What the task has received, with what earlier attempts have stored. */
  bytesReceived: number
}

/** The row of cuts with this attempt; null: the attempt failed otherwise, which ends the row. */
export function nextCut(
  before: BodyCut | null,
  { errorName, transactions, bytesReceived }: CutAttempt,
): BodyCut | null {
  const bodies = transactions.filter(({ status }) => status !== null && status >= 200 && status < 300)
  if (errorName !== 'networkConnectionLost' || bodies.length === 0) return null
  // A response that was thrown away unread was cut nowhere.
  const read = bodies.filter(({ countOfResponseBodyBytesReceived: bytes }) => bytes > 0)
  const ends = (read.length > 0 ? read : bodies).map(
    (each) => (each.resumedFrom ?? 0) + each.countOfResponseBodyBytesReceived,
  )
  const at = Math.max(...ends)
  // Of a body that begins anew each time nothing is kept, and what a decoder has made of it so far is a matter of chance.
  const beginsAnew = bodies.every(({ resumedFrom }) => resumedFrom === null)
  const isSame = before !== null && before.at === at && (beginsAnew || before.bytesReceived === bytesReceived)
  return { at, bytesReceived, times: isSame ? before.times + 1 : 1 }
}

/** The error's detail with the row of cuts, if there is one. `total` is the declared length of the file. */
export function cutDetail(detail: string, cut: BodyCut | null, total: number | null): string {
  if (cut === null || cut.times < 2) return detail
  const place = total === null ? `byte ${cut.at}` : `byte ${cut.at} of ${total}`
  return `${detail.replace(/\.$/, '')}; the body has ended at ${place} for ${cut.times} times in a row`
}
