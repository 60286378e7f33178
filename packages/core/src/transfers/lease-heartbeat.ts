import type { Progress } from '@backhaul/transfer'
import type { LimitsNow } from '../bandwidth/rules/transfer-rates.ts'
import type { Announcer } from '../kernel/announcer.ts'
import { coalesce } from '../kernel/coalesce.ts'
import type { Log } from '../kernel/log.ts'
import type { Lease } from '../tasks/rules/lease.ts'
import { Interruption } from './interruption.ts'
import { newestTransactions } from './rules/newest-transactions.ts'
import { shownRate } from './rules/shown-rate.ts'
import type { TransferJob, TransferStore } from './transfer-store.ts'

interface HeartbeatPorts {
  stores: { transfers: Pick<TransferStore, 'renewLease'> }
  announcer: Announcer
  log: Pick<Log, 'warn'>
}

const heartbeatMs = 1_000
const maxTimerMs = 2 ** 31 - 1

/**
 * Renews the lease and shows progress every second, and at once when the task is announced as interrupted. Each renewal
 * brings the limits of bandwidth, for `onLimits`. Aborts `interrupt` with an Interruption when the lease is lost, the process is stopping or the task's time is up. Call the returned
 * function when the transfer has ended.
 */
export function startLeaseHeartbeat(
  { stores, announcer, log }: HeartbeatPorts,
  job: TransferJob,
  lease: Lease,
  progress: Progress,
  interrupt: AbortController,
  stopping: AbortSignal,
  onLimits: (limits: LimitsNow) => void,
): () => void {
  let bytesBefore = progress.bytesReceived
  let isOver = false
  const renew = coalesce(async () => {
    const bytes = progress.bytesReceived - bytesBefore
    bytesBefore = progress.bytesReceived
    progress.bytesPerSecond = shownRate(progress.bytesPerSecond, bytes, heartbeatMs / 1000)
    try {
      const { transactions } = progress
      const shown = {
        ...progress,
        ...(transactions && { transactions: newestTransactions(job.task.transactions, transactions) }),
      }
      const limits = await stores.transfers.renewLease(lease, shown)
      if (limits === null) interrupt.abort(new Interruption('lost'))
      else if (!isOver) onLimits(limits)
    } catch (error) {
      // The database is away. The download goes on; every write compares the epoch when it is back.
      log.warn({ event: 'transfer.lease_not_renewed', taskId: lease.taskId, error }, 'the lease could not be renewed')
    }
  })
  const heartbeat = setInterval(renew, heartbeatMs)
  const unlisten = announcer.on('interrupted', ({ taskId }) => {
    if (taskId === lease.taskId) renew()
  })
  const onStop = () => interrupt.abort(new Interruption('stopping'))
  if (stopping.aborted) onStop()
  stopping.addEventListener('abort', onStop)
  const { remainingMs } = job
  const deadline =
    remainingMs === null
      ? undefined
      : setTimeout(() => interrupt.abort(new Interruption('deadline')), Math.min(Math.max(remainingMs, 0), maxTimerMs))
  return () => {
    isOver = true
    clearInterval(heartbeat)
    clearTimeout(deadline)
    unlisten()
    stopping.removeEventListener('abort', onStop)
  }
}
