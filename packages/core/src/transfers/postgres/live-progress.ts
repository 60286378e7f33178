import type { Database } from '../../database/database.ts'
import { notingTask } from '../../ledger/notify-live.ts'
import type { Lease } from '../../tasks/rules/lease.ts'

/** For the renewal of a lease, which comes once a second anyway. */
export const notingProgress = notingTask({
  type: 'task.progress',
  bytesReceived: 'bytes_received',
  bytesExpected: 'bytes_expected',
  bytesPerSecond: 'bytes_per_second',
})

const notingResumed = notingTask({
  type: 'task.resumed_at_offset',
  offset: '$3::int8',
  expectedTotalBytes: '$4::int8',
})

export async function noteResumed(
  database: Database,
  { taskId, epoch }: Lease,
  { offset, expectedTotalBytes }: { offset: number; expectedTotalBytes: number | null },
): Promise<void> {
  const parameters = [taskId, epoch, offset, expectedTotalBytes]
  await database.relaxed.run(`select ${notingResumed} from task where id = $1 and epoch = $2`, parameters)
}
