import { setTimeout as sleep } from 'node:timers/promises'
import type { DownloadPorts, Pace, Progress, StoredFile } from '@backhaul/transfer'
import { DownloadSuperseded, download } from '@backhaul/transfer'
import { AttemptFailure, TransferError } from '@backhaul/transfer/rules'
import type { Bandwidth } from '../bandwidth/pace-transfers.ts'
import { wasHeldBack } from '../bandwidth/rules/transfer-rates.ts'
import type { HostStore } from '../hosts/host-store.ts'
import { givenBackOutcome } from '../hosts/rules/attempt-outcome.ts'
import type { HostOutcome } from '../hosts/rules/host-health.ts'
import { measuredRate } from '../hosts/rules/measured-rate.ts'
import type { Announcer } from '../kernel/announcer.ts'
import type { Log } from '../kernel/log.ts'
import { inSpan, type Tracing } from '../kernel/tracing.ts'
import type { Lease } from '../tasks/rules/lease.ts'
import { type ChargePorts, chargeFailure, deadlineExceeded } from './charge-failure.ts'
import { placeFile } from './copy-to-destination.ts'
import { createDownloadJournal, downloadState, withEarlierTransactions } from './download-journal.ts'
import { downloadRequest, generationKey } from './download-request.ts'
import { Interruption } from './interruption.ts'
import { startLeaseHeartbeat } from './lease-heartbeat.ts'
import { refetchedBytes } from './rules/refetched-bytes.ts'
import type { TransferJob, TransferStore } from './transfer-store.ts'

interface TransferPorts extends DownloadPorts, Omit<ChargePorts, 'stores'> {
  stores: ChargePorts['stores'] & { transfers: TransferStore; hosts: Pick<HostStore, 'measureHost'> }
  announcer: Announcer
  log: Log
  workerId: string
  bandwidth: Pick<Bandwidth, 'open'>
  tracing: Tracing
  metrics: { countRefetched(bytes: number): void }
}

/** Pause after an internal error: long enough not to hammer what is down, short enough to be back soon after it. */
const internalErrorPauseMs = 5_000
/** While the database is away, a task is offered back to it so often and so long; later the reaper has it. */
const offerEveryMs = 1_000
const offerForMs = 60_000

/** Works on a claimed task until it has ended, failed an attempt or is no longer ours. Never throws. */
export async function runTransfer(ports: TransferPorts, lease: Lease, stopping: AbortSignal): Promise<void> {
  const { stores, log } = ports
  const startedMs = ports.nowMs()
  const job = await stores.transfers.beginTransfer(lease, ports.workerId).catch(async (error: unknown) => {
    // It may have begun nevertheless.
    log.warn({ event: 'transfer.not_begun', taskId: lease.taskId, error }, 'the transfer could not be started')
    await offerBack(ports, lease, stopping)
    return null
  })
  if (!job) return
  const { traceparent: parent, id: taskId, tenantId, readyAt } = job.task
  const attributes = { 'backhaul.task.id': taskId, 'backhaul.tenant.id': tenantId, 'backhaul.epoch': lease.epoch }
  const { tracing } = ports
  // Until a worker took it. It belongs to the request that created the task, as the attempt does.
  tracing.begin({ name: 'claim', parent, startMs: readyAt.getTime(), attributes }).end({ atMs: startedMs })
  await inSpan(tracing, { name: 'attempt', parent, startMs: startedMs, attributes }, async (span) => {
    const outcome = await runJob(ports, lease, job, startedMs, stopping)
    span.set({ 'backhaul.outcome': outcome })
  })
}

/** Returns how the attempt has ended. */
async function runJob(
  ports: TransferPorts,
  lease: Lease,
  job: TransferJob,
  startedMs: number,
  stopping: AbortSignal,
): Promise<string> {
  const { stores, log } = ports
  const progress: Progress = {
    bytesReceived: job.task.bytesReceived,
    bytesExpected: job.task.bytesExpected,
    bytesPerSecond: null,
  }
  const interrupt = new AbortController()
  const { tenantId, sessionId } = job.task
  const paced = ports.bandwidth.open({ tenantId, sessionId, session: job.configuration }, job.limits)
  const stopHeartbeat = startLeaseHeartbeat(ports, job, lease, progress, interrupt, stopping, paced.limitTo)
  let outcome: string
  try {
    const whole = await download(ports, {
      request: downloadRequest(job, lease),
      state: downloadState(job, lease),
      journal: createDownloadJournal(stores, job, lease),
      progress,
      pace: paced.pace,
      signal: interrupt.signal,
    })
    const file = { ...whole, facts: withEarlierTransactions(job.task, whole.facts) }
    const stored = await placeFile(ports, job, file, interrupt.signal)
    outcome = (await stores.transfers.completeTask(lease, stored, job.task.sessionId)) ? 'completed' : 'lost'
    if (outcome === 'completed') await measure(ports, job, stored, paced.pace, ports.nowMs() - startedMs)
  } catch (error) {
    outcome = await settleFailure(
      ports,
      job,
      lease,
      progress,
      interrupt.signal.aborted ? interrupt.signal.reason : error,
      stopping,
    )
  } finally {
    stopHeartbeat()
    paced.close()
    ports.metrics.countRefetched(refetchedBytes(job.task.bytesReceived, progress))
  }
  if (outcome === 'lost' || (outcome === 'given back' && !stopping.aborted)) await recordOrphan(ports, job, lease)
  const durationMs = ports.nowMs() - startedMs
  log.info(
    {
      event: 'transfer.ended',
      taskId: lease.taskId,
      tenantId,
      epoch: lease.epoch,
      outcome,
      bytes: progress.bytesReceived,
      durationMs,
    },
    'transfer',
  )
  return outcome
}

/**
 * Unless the task has its object as its file, or goes on with it. A process that was stopped for long may write to storage after
 * a sweeper has been there. And the record of a small file, which does not wait for the disk, may be lost with a crash of the
 * database that its object survives.
 */
async function recordOrphan({ stores, log }: TransferPorts, { task }: TransferJob, { epoch }: Lease) {
  const orphan = { key: generationKey(task, epoch), uploadId: null }
  await stores.transfers
    .recordOrphan(task.id, orphan)
    .catch((error: unknown) =>
      log.warn(
        { event: 'transfer.orphan_lost', taskId: task.id, error },
        'an orphaned object could not be recorded, and stays in storage',
      ),
    )
}

/** How quick the task's host was, for planning. The task has ended already: a measurement that is lost is no harm. */
async function measure(
  { stores, log, nowMs }: TransferPorts,
  { task }: TransferJob,
  { facts }: StoredFile,
  pace: Pace,
  durationMs: number,
) {
  const rate = measuredRate(facts.transactions.at(-1))
  if (rate === null) return
  const held = { heldBackMs: pace.waitedMs(), bytesPerSecond: pace.bytesPerSecond() }
  if (wasHeldBack(held, { durationMs, bytesPerSecond: rate })) return
  await stores.hosts
    .measureHost(new URL(task.request.url).host, rate, nowMs())
    .catch((error: unknown) =>
      log.warn(
        { event: 'transfer.rate_lost', taskId: task.id, error },
        'the measured rate of the host could not be stored',
      ),
    )
}

async function settleFailure(
  ports: TransferPorts,
  job: TransferJob,
  lease: Lease,
  progress: Progress,
  error: unknown,
  stopping: AbortSignal,
): Promise<string> {
  const { stores, log } = ports
  if (error instanceof DownloadSuperseded) return 'lost'
  if (error instanceof Interruption && error.why === 'lost') return 'lost'
  const hostOutcome = givenBackOutcome(new URL(job.task.request.url).host, progress.transactions ?? [])
  try {
    if (error instanceof Interruption && error.why === 'stopping') {
      return (await stores.transfers.giveBack(lease, 0, hostOutcome)) ? 'given back' : 'lost'
    }
    if (error instanceof Interruption)
      return await chargeFailure(ports, job, lease, progress, deadlineExceeded(progress))
    if (error instanceof TransferError)
      return await chargeFailure(ports, job, lease, progress, new AttemptFailure(error))
    log.error(
      { event: 'transfer.internal_error', taskId: lease.taskId, error },
      'the transfer stopped on an internal error, and the task waits again',
    )
    return (await stores.transfers.giveBack(lease, internalErrorPauseMs, hostOutcome)) ? 'given back' : 'lost'
  } catch (unsettled) {
    log.error(
      { event: 'transfer.not_settled', taskId: lease.taskId, error: unsettled },
      'the result of the attempt could not be recorded',
    )
    return await offerBack(ports, lease, stopping, hostOutcome)
  }
}

/** Back to waiting as soon as the database is there again. Sooner than the reaper, which lets everybody renew first. */
async function offerBack(
  { stores, nowMs }: TransferPorts,
  lease: Lease,
  stopping: AbortSignal,
  hostOutcome?: HostOutcome,
): Promise<string> {
  const until = nowMs() + offerForMs
  while (!stopping.aborted && nowMs() < until) {
    await sleep(offerEveryMs, undefined, { signal: stopping }).catch(() => {})
    const isGivenBack = await stores.transfers.giveBack(lease, 0, hostOutcome).catch(() => null)
    if (isGivenBack !== null) return isGivenBack ? 'given back' : 'lost'
  }
  return 'left to the reaper'
}
