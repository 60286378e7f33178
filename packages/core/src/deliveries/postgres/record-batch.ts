import { clockNow, type Sql } from '../../database/database.ts'
import type { DeliveryLane as LaneRow } from '../../database/generated/client.ts'
import { recordAnswer } from '../../decisions/postgres/record-answer.ts'
import { disableEndpoint } from '../../endpoints/postgres/disable-endpoint.ts'
import { isAcknowledged, noteHealth } from '../../endpoints/postgres/health-row.ts'
import { holdEndpoint } from '../../endpoints/postgres/send-gate-row.ts'
import { markVerified } from '../../endpoints/postgres/verify-endpoint.ts'
import { noSession } from '../../ledger/append-tenant-event.ts'
import { hasRestingLanes, hastenLanes } from '../../ledger/hasten-lanes.ts'
import type { Tx } from '../../ledger/ledger.ts'
import { abandonWake, completeFinishedWake, endForegroundLeases, finishWakeEvents } from '../../ledger/open-wake.ts'
import { type LockedSession, lockSession } from '../../ledger/session-lock.ts'
import type { OutgoingDelivery, SentBatch, SentDelivery } from '../delivery-store.ts'
import {
  afterAttempt,
  afterOwnFault,
  type DeliveryOutcome,
  isReceived,
  reasonToDisable,
} from '../rules/retry-schedule.ts'
import { cancelPending, revertAttempts, scheduleLane, startAttempts } from './lease-batch.ts'
import { type LoggedDelivery, loggable, type RecordedDelivery, recordResults } from './record-results.ts'

interface EndpointState {
  kind: string
  url: string | null
  isWell: boolean
  /** It takes so much a second, or nothing for a moment. */
  isRated: boolean
  hasResting: boolean
}

/** What is taken next; null: another has the lane, and only the attempts' results were written. */
export async function recordBatch(
  tx: Tx,
  batch: SentBatch,
  random: number,
  next: number | 'keepLease',
): Promise<OutgoingDelivery[] | null> {
  const { sent, unsent, verified } = withoutChallenge(batch)
  const last = sent.at(-1)
  const lane = last?.delivery ?? unsent[0]!
  // The session first: locks are taken in one order everywhere.
  const session = lane.sessionId === noSession ? null : await lockSession(tx, lane.sessionId)
  const now = session?.now ?? (await tx.first<{ now: Date }>(`select ${clockNow} as now`))!.now
  const row = await tx.first<Pick<LaneRow, 'epoch'> & EndpointState>(
    `select l.epoch, p.kind, p.url, p.failing_since is null and p.next_probe_at is null as is_well,
       p.next_send_at is not null or p.maximum_deliveries_per_second is not null as is_rated,
       ${hasRestingLanes} as has_resting
     from delivery_lane l join endpoint p on p.id = l.endpoint_id
     where session_id = $1 and endpoint_id = $2 for update of l`,
    [lane.sessionId, lane.endpointId],
  )
  if (!row) return null
  const current = row.epoch === lane.laneEpoch
  // What was not taken at an address that the endpoint has no more says nothing of the new one.
  const hasMoved = last !== undefined && urlOf(last.delivery) !== row.url && !isReceived(last.answer)
  const own = current && last && (hasMoved || last.answer.isOwnFault) ? last : null
  const charged = own ? sent.slice(0, -1) : sent
  const judged = charged.at(-1)
  // A stream that fails is somebody who is at work on its receiver: nobody is spared by probing it.
  const ill =
    current && judged && row.kind === 'http' ? await noteHealth(tx, lane.endpointId, row.isWell, charged, random) : null
  const reason = current && judged ? (reasonToDisable(judged.answer) ?? ill) : null
  const end = judged ? await outcomeOf(tx, judged, current, now, random) : null
  if (end?.outcome.kind === 'retry' && reason !== null) end.outcome = { kind: 'gone' }
  const logged = charged.map((each): LoggedDelivery => {
    const { outcome, error } = each === judged && end ? end : { outcome: succeeded, error: each.answer.error }
    const answer = loggable(tx.sealer, each.delivery, { ...each.answer, error })
    return { ...each, answer, outcome: current ? outcome : null }
  })
  const recorded = await recordResults(tx, logged)
  // Another has the lane, and has written attempts of its own.
  if (!current) return null
  await revertAttempts(tx, own ? [own.delivery, ...unsent] : unsent)
  if (verified) await markVerified(tx, { ...verified, url: urlOf(verified) })
  const outcome = end?.outcome ?? succeeded
  const goesOn = outcome.kind === 'retry' || outcome.kind === 'gone'
  const ended = goesOn ? recorded.filter(({ id }) => id !== judged?.delivery.deliveryId) : recorded
  // The endpoint comes before the feed, also where it is not needed until later.
  if (own || reason !== null || row.isRated || !row.isWell)
    await tx.run('select 1 from endpoint where id = $1 for no key update', [lane.endpointId])
  if (session) await acknowledge(tx, session, ended)
  // Lanes of other sessions come behind the feed.
  if (row.hasResting && reason === null && charged.some(isAcknowledged)) await hastenLanes(tx, lane.endpointId)
  if (own) {
    await restAfterOwnFault(tx, own.delivery, new Date(afterOwnFault(now.getTime(), random)))
    return []
  }
  if (outcome.kind === 'retry') {
    const { atMs, earliestMs } = outcome
    await scheduleLane(tx, lane, new Date(atMs), earliestMs === null ? null : new Date(earliestMs))
    return []
  }
  if (reason !== null) await disableEndpoint(tx, lane.endpointId, reason)
  if (outcome.kind === 'gone') {
    const wakeId = recorded.at(-1)?.wakeId ?? null
    if (wakeId !== null) await abandonWake(tx, lane.sessionId, wakeId)
    // What is pending is canceled at once, so that it comes in the next wake and not by itself.
    await cancelPending(tx, lane)
    await scheduleLane(tx, lane, null)
    return []
  }
  if (next === 'keepLease') return []
  if (next > 0) return startAttempts(tx, lane, next)
  await scheduleLane(tx, lane, now)
  return []
}

const succeeded: DeliveryOutcome = { kind: 'succeeded' }

function outcomeOf(
  tx: Tx,
  { delivery, answer }: SentDelivery,
  current: boolean,
  now: Date,
  random: number,
): Promise<{ outcome: DeliveryOutcome; error: string | null }> {
  if (delivery.decision !== null && current) return recordAnswer(tx, delivery, answer, now, random)
  const made = delivery.attempts - delivery.attemptsBefore
  // A challenge that was met is not recorded: a 2xx is none here.
  const told = delivery.challenge !== null && answer.status !== 410 ? { ...answer, status: null } : answer
  return Promise.resolve({ outcome: afterAttempt(told, made, now.getTime(), random), error: answer.error })
}

/** Null: it goes over a connection. */
function urlOf({ destination }: OutgoingDelivery): string | null {
  return 'url' in destination ? destination.url : null
}

/** What follows from the end of deliveries: the wake's last word, the wake's end, or the end of what it leased. */
async function acknowledge(
  tx: Tx,
  { row, configuration }: LockedSession,
  ended: readonly RecordedDelivery[],
): Promise<void> {
  const isLast = ({ eventType }: RecordedDelivery) => eventType === 'session.events_finished'
  // Behind the last word too: what came after it may have been called off meanwhile.
  const wakes = new Set(ended.flatMap(({ wakeId }) => wakeId ?? []))
  for (const wakeId of wakes) await finishWakeEvents(tx, row.id, wakeId)
  const received = ended.filter(({ state }) => state === 'succeeded')
  if (configuration.wakeCompletion === 'implied')
    for (const wakeId of new Set(received.filter(isLast).flatMap((each) => each.wakeId ?? [])))
      await completeFinishedWake(tx, row.id, wakeId)
  const withoutWake = received.filter(({ wakeId }) => wakeId === null)
  if (withoutWake.length > 0)
    await endForegroundLeases(
      tx,
      withoutWake.map(({ eventId }) => eventId),
    )
}

/** Nothing of the endpoint's goes out for a moment: what kept us from this receiver would keep us from it again. */
async function restAfterOwnFault(tx: Sql, delivery: OutgoingDelivery, until: Date): Promise<void> {
  await tx.run("update delivery set next_attempt_at = $2 where id = $1 and state = 'pending'", [
    delivery.deliveryId,
    until,
  ])
  await scheduleLane(tx, delivery, until)
  await holdEndpoint(tx, delivery.endpointId, until)
}

/** A batch as the lane has it: a challenge that was met is an attempt that was not made. */
function withoutChallenge({ sent, unsent }: SentBatch): SentBatch & { verified: OutgoingDelivery | null } {
  const [first] = sent
  if (!first || first.delivery.challenge === null || !isMet(first)) return { sent, unsent, verified: null }
  return { sent: sent.slice(1), unsent: [first.delivery, ...unsent], verified: first.delivery }
}

function isMet({ answer: { status, error } }: SentDelivery): boolean {
  return status !== null && status >= 200 && status < 300 && error === null
}
