import type { Challenge } from '@backhaul/transfer/rules'
import { recordOutcome } from '../../hosts/postgres/host-store.ts'
import { bringWakeForward } from '../../ledger/append-events.ts'
import { failedAttempt, failTask } from '../../ledger/fail-task.ts'
import type { Ledger, Tx } from '../../ledger/ledger.ts'
import { putOffUntil } from '../../ledger/preferred-hours-sql.ts'
import { lockSession } from '../../ledger/session-lock.ts'
import type { TaskRow } from '../../ledger/task-row.ts'
import { transition } from '../../ledger/transition.ts'
import type { Lease } from '../../tasks/rules/lease.ts'
import { asksDelegate } from '../../timeline/rules/step-text.ts'
import type { FailedTransfer } from '../../transfers/rules/failed-transfer.ts'
import type { DecisionStore } from '../decision-store.ts'
import { credentialsPerTask } from '../rules/decision.ts'
import { settleDecision } from './apply-answer.ts'
import { appendDecision, expiryOf } from './ask.ts'

const atOnce = 100

export function createDecisionStore(ledger: Ledger): DecisionStore {
  return {
    askForCredential: (lease, failure, challenge) =>
      ledger.transaction((tx) => askForCredential(tx, lease, failure, challenge)),

    async decide() {
      const delayed = await ledger.many<{ id: string }>(`${toBeAsked} order by ready_at limit $1`, [atOnce])
      for (const { id } of delayed) await ledger.transaction((tx) => askToBegin(tx, id))
      const decided = await ledger.many<{ eventId: string; taskId: string }>(toBeSettled, [atOnce])
      for (const decision of decided) await ledger.transaction((tx) => settleDecision(tx, decision))
      return delayed.length + decided.length
    },
  }
}

const toBeAsked = `select * from task where state = 'waiting' and not due and asks_before_begin and decision_until is null
  and ready_at <= statement_timestamp()`

const toBeSettled = `
  select d.event_id, d.task_id from decision d join session s on s.id = d.session_id
    left join endpoint p on p.id = s.endpoint_id and p.state = 'enabled' and p.deleted_at is null
  where d.state in ('open', 'answered')
    and (d.state = 'answered' or d.expires_at <= clock_timestamp() or p.id is null)
  order by d.expires_at limit $1`

/** A delayed task is about to begin for the first time: its delegate is asked, once. */
async function askToBegin(tx: Tx, id: string): Promise<void> {
  const due = await tx.first<TaskRow>(`${toBeAsked} and id = $1 for update skip locked`, [id])
  if (!due) return
  const until = await putOffUntil(tx, id)
  if (until !== null) {
    await tx.run('update task set ready_at = $2 where id = $1', [id, until])
    return
  }
  const session = await lockSession(tx, due.sessionId)
  if (session.endpoint === null) {
    await tx.run('update task set asks_before_begin = false where id = $1', [id])
    return
  }
  const row = await tx.first<TaskRow>(
    `update task set asks_before_begin = false, decision_until = $2, ready_at = $2 where id = $1 returning *`,
    [id, expiryOf(session)],
  )
  await appendDecision(tx, session, row!, { kind: 'delayedRequest' })
  await bringWakeForward(tx, session)
}

async function askForCredential(
  tx: Tx,
  { taskId: id, epoch }: Lease,
  failure: FailedTransfer,
  challenge: Challenge,
): Promise<'asked' | 'failed' | 'lost'> {
  const before = await tx.first<TaskRow>('select * from task where id = $1 and epoch = $2 for update', [id, epoch])
  if (!before) return 'lost'
  const session = await lockSession(tx, before.sessionId)
  const given = await tx.first<{ count: number }>(
    "select count(*)::int as count from decision where task_id = $1 and disposition = 'useCredential'",
    [id],
  )
  if (session.endpoint === null || given!.count >= credentialsPerTask) {
    const detail = given!.count === 0 ? failure.detail : `${failure.detail} to credential ${given!.count} of this task`
    if (!(await failTask(tx, { id, epoch }, { ...failure, detail }))) return 'lost'
    await recordOutcome(tx, id, failure.hostOutcome, failure.random)
    return 'failed'
  }
  const row = await transition(
    tx,
    'giveBack',
    { id, epoch },
    {
      ...failedAttempt({ ...failure, retriable: true }),
      retryAt: null,
      decisionUntil: expiryOf(session),
      readyAt: expiryOf(session),
    },
    { kind: 'attemptFailed', data: { status: challenge.status, because: asksDelegate } },
  )
  if (!row) return 'lost'
  await appendDecision(tx, session, row, { kind: 'authenticationChallenge', challenge })
  await recordOutcome(tx, id, failure.hostOutcome, failure.random)
  return 'asked'
}
