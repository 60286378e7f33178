import type { Progress } from '@backhaul/transfer'
import type { AttemptFacts } from '@backhaul/transfer/rules'
import type { DecisionStore } from '../decisions/decision-store.ts'
import { hostOutcome } from '../hosts/rules/attempt-outcome.ts'
import type { Lease } from '../tasks/rules/lease.ts'
import { afterFailure, defaultRetryPolicy } from '../tasks/rules/retry-policy.ts'
import type { TaskErrorName } from '../tasks/rules/task-error.ts'
import { cutDetail, nextCut } from './rules/body-cut.ts'
import { newestTransactions } from './rules/newest-transactions.ts'
import type { TransferJob, TransferStore } from './transfer-store.ts'

export interface ChargePorts {
  stores: { transfers: Pick<TransferStore, 'failAttempt'>; decisions: Pick<DecisionStore, 'askForCredential'> }
  random(): number
  nowMs(): number
}

/** Why an attempt is charged to the task: the origin's failure, or the end of the task's time. */
interface ChargedFailure extends AttemptFacts {
  failure: TaskErrorName
  message: string
  status?: number | undefined
  retryAfterSeconds?: number | undefined
}

export function deadlineExceeded({ lastBreak }: Progress): ChargedFailure {
  const broke = lastBreak === undefined ? '' : `; the last connection to break: ${lastBreak}`
  return {
    failure: 'deadline_exceeded',
    message: `the task did not finish within timeoutIntervalForResource${broke}`,
    transactions: [],
    challenge: null,
    response: null,
  }
}

/**
 * Records a failed attempt with what follows: another attempt, the end of the task, or a question to its delegate. Returns words
 * for the log; 'lost' if the lease is gone.
 */
export async function chargeFailure(
  { stores, random, nowMs }: ChargePorts,
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
