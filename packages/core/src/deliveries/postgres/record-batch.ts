import { clockNow, type Sql } from '../../database/database.ts'
import { keepAnswer, readQuestion } from '../../decisions/postgres/record-answer.ts'
import { judgeQuestion } from '../../decisions/rules/question-retry.ts'
import { disableEndpoint } from '../../endpoints/postgres/disable-endpoint.ts'
import { lockHealth, saveHealth } from '../../endpoints/postgres/health-row.ts'
import { holdEndpoint } from '../../endpoints/postgres/send-gate-row.ts'
import { markVerified } from '../../endpoints/postgres/verify-endpoint.ts'
import { noSession } from '../../ledger/append-tenant-event.ts'
import { countAttempts } from '../../ledger/count-usage.ts'
import type { Tx } from '../../ledger/ledger.ts'
import { abandonWake } from '../../ledger/open-wake.ts'
import { lockSession } from '../../ledger/session-lock.ts'
import type { DeliveryLane, OutgoingDelivery, SentBatch, SentDelivery } from '../delivery-store.ts'
import {
  chargeBatch,
  type DeliveryLaneFacts,
  type DeliveryLaneVerdict,
  type EndpointFacts,
  judgeBatch,
  urlOf,
} from '../rules/judge-batch.ts'
import { acknowledge } from './acknowledge.ts'
import { hasRestingDeliveryLanes, hastenDeliveryLanes } from './hasten-delivery-lanes.ts'
import { cancelPending, revertAttempts, scheduleDeliveryLane, startAttempts } from './lease-batch.ts'
import { loggable, type RecordedDelivery, recordResults } from './record-results.ts'

/**
 * Reads what `judgeBatch` needs and writes its verdict. Order of locks: the session, the delivery lane, its endpoint,
 * the feed, delivery lanes of other sessions. Returns the deliveries leased next; null: another process has the
 * delivery lane, and only the attempts' results were written.
 */
export async function recordBatch(
  tx: Tx,
  batch: SentBatch,
  random: number,
  next: number | 'keepLease',
): Promise<OutgoingDelivery[] | null> {
  const lane = batch.sent.at(-1)?.delivery ?? batch.unsent[0]!
  const session = lane.sessionId === noSession ? null : await lockSession(tx, lane.sessionId)
  const now = session?.now ?? (await tx.first<{ now: Date }>(`select ${clockNow} as now`))!.now
  const facts = await readDeliveryLane(tx, lane)
  if (!facts) return null
  const charge = chargeBatch<OutgoingDelivery, SentDelivery>(batch, facts, facts)
  const health = charge.touchesHealth ? await lockHealth(tx, lane.endpointId) : null
  const asked = charge.isCurrent && charge.charged.at(-1)
  const question = asked && asked.delivery.decision !== null ? await judgeAsked(tx, asked, now, random) : null
  const verdict = judgeBatch(charge, { ...facts, health, question, next }, facts, now.getTime(), random)

  if (verdict.kind === 'current') {
    if (verdict.health) await saveHealth(tx, lane.endpointId, verdict.health)
    if (asked && question?.usable) await keepAnswer(tx, asked.delivery.eventId, question.usable)
  }
  const { recorded, counted } = await recordResults(
    tx,
    verdict.results.map(({ sent, outcome, error }) => {
      return { ...sent, answer: loggable(tx.encryptor, sent.delivery, { ...sent.answer, error }), outcome }
    }),
  )
  // Last in the transaction.
  const count = () => countAttempts(tx, facts.tenantId, lane.sessionId, counted)
  // Another process has the delivery lane, and has written attempts of its own.
  if (verdict.kind === 'fenced') return count().then(() => null)
  await revertAttempts(tx, verdict.reverted)
  if (verdict.verified) await markVerified(tx, { ...verdict.verified, url: urlOf(verdict.verified) })
  // The endpoint comes before the feed, also where it is not needed until later.
  if (verdict.locksEndpoint) await tx.run('select 1 from endpoint where id = $1 for no key update', [lane.endpointId])
  const ended = recorded.filter(({ id }) => id !== verdict.ongoing)
  if (session) await acknowledge(tx, session, ended)
  // Delivery lanes of other sessions come behind the feed.
  if (verdict.hastens) await hastenDeliveryLanes(tx, lane.endpointId)
  if (verdict.disables !== null) await disableEndpoint(tx, lane.endpointId, verdict.disables)
  const leased = await applyToDeliveryLane(tx, lane, verdict.lane, recorded, now)
  await count()
  return leased
}

function readDeliveryLane(
  tx: Sql,
  { sessionId, endpointId }: DeliveryLane,
): Promise<(DeliveryLaneFacts & EndpointFacts & { tenantId: string }) | null> {
  return tx.first<DeliveryLaneFacts & EndpointFacts & { tenantId: string }>(
    `select p.tenant_id, l.epoch, p.kind, p.url, p.failing_since is null and p.next_probe_at is null as is_well,
       p.next_send_at is not null or p.maximum_deliveries_per_second is not null as is_rated,
       ${hasRestingDeliveryLanes} as has_resting
     from delivery_lane l join endpoint p on p.id = l.endpoint_id
     where session_id = $1 and endpoint_id = $2 for update of l`,
    [sessionId, endpointId],
  )
}

/** The outcome of a question, by the response to it. */
async function judgeAsked(tx: Tx, { delivery, answer }: SentDelivery, now: Date, random: number) {
  const expiresAt = await readQuestion(tx, delivery.eventId)
  return judgeQuestion(answer, delivery.attempts, { nowMs: now.getTime(), expiresAtMs: expiresAt }, random)
}

async function applyToDeliveryLane(
  tx: Tx,
  lane: DeliveryLane,
  verdict: DeliveryLaneVerdict<OutgoingDelivery>,
  recorded: readonly RecordedDelivery[],
  now: Date,
): Promise<OutgoingDelivery[]> {
  switch (verdict.kind) {
    case 'leaseNext':
      return startAttempts(tx, lane, verdict.most)
    case 'keepLease':
      return []
    case 'unlock':
      await scheduleDeliveryLane(tx, lane, now)
      return []
    case 'retry': {
      const { atMs, earliestMs } = verdict
      await scheduleDeliveryLane(tx, lane, new Date(atMs), earliestMs === null ? null : new Date(earliestMs))
      return []
    }
    case 'internalError':
      await holdBack(tx, verdict.delivery, new Date(verdict.untilMs))
      return []
    case 'gone': {
      const wakeId = recorded.at(-1)?.wakeId ?? null
      if (wakeId !== null) await abandonWake(tx, lane.sessionId, wakeId)
      // Pending deliveries are canceled at once, so that their events come in the next wake and not by themselves.
      await cancelPending(tx, lane)
      await scheduleDeliveryLane(tx, lane, null)
      return []
    }
  }
}

/** Pauses the endpoint for a moment: the internal error would happen again. */
async function holdBack(tx: Sql, delivery: OutgoingDelivery, until: Date): Promise<void> {
  await tx.run("update delivery set next_attempt_at = $2 where id = $1 and state = 'pending'", [
    delivery.deliveryId,
    until,
  ])
  await scheduleDeliveryLane(tx, delivery, until)
  await holdEndpoint(tx, delivery.endpointId, until)
}
