import { setTimeout as sleep } from 'node:timers/promises'
import type { DownloadPorts, Progress, StoredFile } from '@backhaul/transfer'
import { DownloadSuperseded, download } from '@backhaul/transfer'
import { type AttemptFacts, AttemptFailure, TransferError } from '@backhaul/transfer/rules'
import type { DecisionStore } from '../decisions/decision-store.ts'
import type { HostStore } from '../hosts/host-store.ts'
import { hostOutcome } from '../hosts/rules/attempt-outcome.ts'
import { measuredRate } from '../hosts/rules/measured-rate.ts'
import type { Announcer } from '../kernel/announcer.ts'
import type { Log } from '../kernel/log.ts'
import { cutDetail, nextCut } from '../tasks/rules/body-cut.ts'
import type { Lease } from '../tasks/rules/lease.ts'
import { afterFailure, defaultRetryPolicy } from '../tasks/rules/retry-policy.ts'
import type { TaskErrorName } from '../tasks/rules/task-error.ts'
import { placeFile } from './copy-to-destination.ts'
import { createDownloadJournal, downloadState, withEarlierTransactions } from './download-journal.ts'
import { downloadRequest, generationKey } from './download-request.ts'
import { Interruption } from './interruption.ts'
import { startLeaseHeartbeat } from './lease-heartbeat.ts'
import { newestTransactions } from './rules/newest-transactions.ts'
import type { TransferJob, TransferStore } from './transfer-store.ts'

interface TransferPorts extends DownloadPorts {
  stores: {
    transfers: TransferStore
    hosts: Pick<HostStore, 'measureHost'>
    decisions: Pick<DecisionStore, 'askForCredential'>
  }
  announcer: Announcer
  log: Log
  random(): number
  workerId: string
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
  const progress: Progress = {
    bytesReceived: job.task.bytesReceived,
    bytesExpected: job.task.bytesExpected,
    bytesPerSecond: null,
  }
  const interrupt = new AbortController()
  const stopHeartbeat = startLeaseHeartbeat(ports, job, lease, progress, interrupt, stopping)
  let outcome: string
  try {
    const whole = await download(ports, {
      request: downloadRequest(job, lease),
      state: downloadState(job, lease),
      journal: createDownloadJournal(stores, job, lease),
      progress,
      signal: interrupt.signal,
    })
    const file = { ...whole, facts: withEarlierTransactions(job.task, whole.facts) }
    const stored = await placeFile(ports, job, file, interrupt.signal)
    outcome = (await stores.transfers.completeTask(lease, stored, job.task.sessionId)) ? 'completed' : 'lost'
    if (outcome === 'completed') await measure(ports, job, stored)
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
  }
  const { id, tenantId } = job.task
  if (outcome === 'lost') await recordOrphan(ports, job, lease)
  const durationMs = ports.nowMs() - startedMs
  log.info(
    {
      event: 'transfer.ended',
      taskId: id,
      tenantId,
      epoch: lease.epoch,
      outcome,
      bytes: progress.bytesReceived,
      durationMs,
    },
    'transfer',
  )
}

/** A process that was stopped for long may write to storage after a sweeper has been there. */
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
async function measure({ stores, log, nowMs }: TransferPorts, { task }: TransferJob, { facts }: StoredFile) {
  const rate = measuredRate(facts.transactions.at(-1))
  if (rate === null) return
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
  try {
    if (error instanceof Interruption && error.why === 'stopping') {
      return (await stores.transfers.giveBack(lease, 0)) ? 'given back' : 'lost'
    }
    if (error instanceof Interruption)
      return await chargeFailure(ports, job, lease, progress, deadlineExceeded(progress))
    if (error instanceof TransferError)
      return await chargeFailure(ports, job, lease, progress, new AttemptFailure(error))
    log.error(
      { event: 'transfer.internal_error', taskId: lease.taskId, error },
      'the transfer stopped on an internal error, and the task waits again',
    )
    return (await stores.transfers.giveBack(lease, internalErrorPauseMs)) ? 'given back' : 'lost'
  } catch (unsettled) {
    log.error(
      { event: 'transfer.not_settled', taskId: lease.taskId, error: unsettled },
      'the result of the attempt could not be recorded',
    )
    return await offerBack(ports, lease, stopping)
  }
}

/** Back to waiting as soon as the database is there again. Sooner than the reaper, which lets everybody renew first. */
async function offerBack({ stores, nowMs }: TransferPorts, lease: Lease, stopping: AbortSignal): Promise<string> {
  const until = nowMs() + offerForMs
  while (!stopping.aborted && nowMs() < until) {
    await sleep(offerEveryMs, undefined, { signal: stopping }).catch(() => {})
    const isGivenBack = await stores.transfers.giveBack(lease, 0).catch(() => null)
    if (isGivenBack !== null) return isGivenBack ? 'given back' : 'lost'
  }
  return 'left to the reaper'
}

/** Why an attempt is charged to the task: the origin's failure, or the end of the task's time. */
interface ChargedFailure extends AttemptFacts {
  failure: TaskErrorName
  message: string
  status?: number | undefined
  retryAfterSeconds?: number | undefined
}

function deadlineExceeded({ lastBreak }: Progress): ChargedFailure {
  const broke = lastBreak === undefined ? '' : `; the last connection to break: ${lastBreak}`
  return {
    failure: 'deadline_exceeded',
    message: `the task did not finish within timeoutIntervalForResource${broke}`,
    transactions: [],
    challenge: null,
    response: null,
  }
}

async function chargeFailure(
  { stores, random, nowMs }: TransferPorts,
  { task, configuration }: TransferJob,
  lease: Lease,
  { bytesReceived, bytesExpected }: Progress,
  error: ChargedFailure,
): Promise<string> {
  const { transactions } = error
  const bodyCut = nextCut(task.bodyCut, { errorName: error.failure, transactions, bytesReceived })
  const attempt = {
    errorName: error.failure,
    status: error.status,
    retryAfterSeconds: error.retryAfterSeconds,
    retryStatuses: configuration.retryStatuses,
    sameCuts: bodyCut?.times ?? 0,
    attempts: task.attempts + 1,
    suspectFailures: task.suspectFailures,
    restartedClean: task.cleanRestarts > 0,
  }
  const asked = new URL(task.request.url)
  const outcome = hostOutcome({
    ...attempt,
    host: asked.host,
    scheme: asked.protocol === 'http:' ? 'http' : 'https',
    hops: transactions,
    patienceSeconds: configuration.timeoutIntervalForRequest,
  })
  const now = nowMs()
  const decision = afterFailure(defaultRetryPolicy, attempt, now, random())
  const common = {
    errorName: error.failure,
    detail: cutDetail(error.message, bodyCut, bytesExpected),
    bodyCut,
    transactions: newestTransactions(task.transactions, transactions),
    response: error.response,
    ...(outcome ? { hostOutcome: outcome } : {}),
    random: random(),
  }
  const failure =
    decision.kind === 'retry'
      ? {
          ...common,
          retriable: true,
          retryInMs: Math.max(0, decision.atMs - now),
          because: decision.because,
          suspect: decision.suspect,
          startOver: decision.startOver,
        }
      : {
          ...common,
          retriable: decision.retriable || error.failure === 'deadline_exceeded',
          retryInMs: null,
          suspect: false,
          startOver: false,
        }
  const { challenge } = error
  if (challenge !== null && configuration.delegateDecisions.includes('authenticationChallenge')) {
    const asked = await stores.decisions.askForCredential(lease, failure, challenge)
    return asked === 'asked' ? `asks for a credential: ${error.message}` : asked
  }
  if (!(await stores.transfers.failAttempt(lease, failure))) return 'lost'
  return decision.kind === 'retry' ? `will retry: ${error.message}` : `failed: ${error.message}`
}
