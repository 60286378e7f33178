import { completionToken } from '../app/complete-wake.ts'
import type { Mint, Sealer } from '../app/ports.ts'
import type { DeliveryAnswer, DeliveryStore, LaneLease, OutgoingDelivery, SentDelivery } from '../app/worker-stores.ts'
import { afterAttempt, type DeliveryOutcome } from '../domain/delivery.ts'
import { masked } from '../domain/session.ts'
import { noSession } from './append-tenant-events.ts'
import { clockNow, type Database, type Sql } from './database.ts'
import { intend, restLane, takeBack } from './delivery-intents.ts'
import type { Delivery as DeliveryRow, DeliveryLane as LaneRow } from './generated/client.ts'
import { abandonWake, completeWake, endForegroundLeases, finishWakeEvents } from './open-wake.ts'
import { recordAnswer } from './record-answer.ts'
import { type LockedSession, lockSession } from './session-lock.ts'
import { markVerified, withoutChallenge } from './verify-endpoint.ts'

/** So many lanes are sent at once, however many are due: a slow or dead receiver must not hold the places of the others. */
const lanesPerTenant = 8
const lanesPerEndpoint = 4

export function createDeliveryStore(database: Database, mint: Mint, sealer: Sealer): DeliveryStore {
  return {
    listDueLanes: (limit) =>
      database.many<LaneLease>(
        `with busy as (
           select p.tenant_id, l.endpoint_id, count(*) as lanes from delivery_lane l join endpoint p on p.id = l.endpoint_id
           where l.lease_until >= clock_timestamp() group by 1, 2
         ), due as (
           select l.session_id, l.endpoint_id, l.due_at, p.tenant_id,
             row_number() over (partition by p.tenant_id order by l.due_at) as of_tenant,
             row_number() over (partition by l.endpoint_id order by l.due_at) as of_endpoint
           from delivery_lane l join endpoint p on p.id = l.endpoint_id
           where l.due_at <= clock_timestamp() and (l.lease_until is null or l.lease_until < clock_timestamp())
         )
         select session_id, endpoint_id from due
         where of_tenant + coalesce((select sum(lanes) from busy where busy.tenant_id = due.tenant_id), 0) <= $2
           and of_endpoint + coalesce((select sum(lanes) from busy where busy.endpoint_id = due.endpoint_id), 0) <= $3
         order by of_tenant, due_at limit $1`,
        [limit, lanesPerTenant, lanesPerEndpoint],
      ),

    takeHeads: (lane, most) =>
      database.transaction(async (tx) => {
        const row = await tx.first<LaneRow>(
          `select * from delivery_lane where session_id = $1 and endpoint_id = $2 and due_at <= clock_timestamp()
             and (lease_until is null or lease_until < clock_timestamp()) for update skip locked`,
          [lane.sessionId, lane.endpointId],
        )
        return row ? intend(tx, mint, sealer, row, most) : []
      }),

    recordAttempts: (run, random, most) =>
      database.transaction(async (tx) => {
        const { sent, unsent, verified } = withoutChallenge(run)
        const last = sent.at(-1)
        const lane = last?.delivery ?? unsent[0]!
        // The session first: locks are taken in one order everywhere.
        const session = lane.sessionId === noSession ? null : await lockSession(tx, lane.sessionId)
        const now = session?.now ?? (await tx.first<{ now: Date }>(`select ${clockNow} as now`))!.now
        const row = await tx.first<LaneRow>(
          'select * from delivery_lane where session_id = $1 and endpoint_id = $2 for update',
          [lane.sessionId, lane.endpointId],
        )
        if (!row) return []
        const current = row.epoch === lane.laneEpoch
        const end = last ? await outcomeOf(tx, sealer, last, current, now, random) : null
        const logged = sent.map((each): LoggedDelivery => {
          const { outcome, error } = each === last && end ? end : { outcome: succeeded, error: each.answer.error }
          const answer = loggable(sealer, each.delivery, { ...each.answer, error })
          return { ...each, answer, outcome: current ? outcome : null }
        })
        const settled = await settle(tx, logged)
        // Another has the lane, and has written attempts of its own.
        if (!current) return []
        await takeBack(tx, unsent)
        if (verified) await markVerified(tx, verified)
        const outcome = end?.outcome ?? succeeded
        const goesOn = outcome.kind === 'retry' || outcome.kind === 'gone'
        const ended = goesOn ? settled.filter(({ id }) => id !== last?.delivery.deliveryId) : settled
        if (session) await acknowledge(tx, mint, session, ended)
        if (outcome.kind === 'retry') {
          await restLane(tx, lane, new Date(outcome.atMs))
          return []
        }
        if (outcome.kind === 'gone') {
          await disableEndpoint(tx, lane.endpointId, 'the receiver answered 410 Gone')
          const wakeId = settled.at(-1)?.wakeId ?? null
          if (wakeId !== null) await abandonWake(tx, mint, lane.sessionId, wakeId)
        }
        if (most === null) return []
        if (most > 0) return intend(tx, mint, sealer, lane, most)
        await restLane(tx, lane, now)
        return []
      }),
  }
}

const succeeded: DeliveryOutcome = { kind: 'succeeded' }

function outcomeOf(
  tx: Sql,
  sealer: Sealer,
  { delivery, answer }: SentDelivery,
  current: boolean,
  now: Date,
  random: number,
): Promise<{ outcome: DeliveryOutcome; error: string | null }> {
  if (delivery.decision !== null && current) return recordAnswer(tx, sealer, delivery, answer, now, random)
  const made = delivery.attempts - delivery.attemptsBefore
  // A challenge that was met is not recorded: a 2xx is none here.
  const told = delivery.challenge !== null && answer.status !== 410 ? { ...answer, status: null } : answer
  return Promise.resolve({ outcome: afterAttempt(told, made, now.getTime(), random), error: answer.error })
}

/** Stands in the log for the answer to a question. */
const notKept = '(not kept: it may hold a credential)'

/**
 * What of an answer goes into the log: text that PostgreSQL takes (no NUL, no half of a surrogate pair), and no token of a
 * wake, which a receiver that echoes what it got would put there in clear.
 */
function loggable(sealer: Sealer, { wakeId, decision }: OutgoingDelivery, answer: DeliveryAnswer): DeliveryAnswer {
  const text = answer.body.replaceAll('\0', '\uFFFD').toWellFormed()
  const told = decision === null ? text : text && notKept
  const body = wakeId === null || told === '' ? told : told.replaceAll(completionToken(sealer, wakeId), masked)
  return { ...answer, body, error: answer.error?.replaceAll('\0', '\uFFFD').toWellFormed() ?? null }
}

/** `outcome` null: the lane is another's by now, and only the attempt's result is written. */
interface LoggedDelivery extends SentDelivery {
  outcome: DeliveryOutcome | null
}
type SettledRow = Pick<DeliveryRow, 'id' | 'state' | 'wakeId' | 'eventId'> & { eventType: string }

const states = { succeeded: 'succeeded', retry: 'pending', failed: 'failed', gone: 'failed' }

/** The attempts' results, and what becomes of the deliveries, unless they were called off meanwhile; these in their order. */
async function settle(tx: Sql, sent: readonly LoggedDelivery[]): Promise<SettledRow[]> {
  if (sent.length === 0) return []
  const rows = await tx.many<SettledRow>(
    `with given as (
       select * from unnest($1::text[], $2::int[], $3::int[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
         $8::float8[], $9::float8[])
         as given(delivery_id, number, status, error, body, state, next_at, ago_ms, duration_ms)
     ), answered as (
       update delivery_attempt a set status = given.status, error = given.error, response_body = given.body,
         started_at = greatest(a.started_at, ${clockNow} - make_interval(secs => (ago_ms + duration_ms) / 1000)),
         ended_at = greatest(a.started_at, ${clockNow} - make_interval(secs => ago_ms / 1000))
       from given where a.delivery_id = given.delivery_id and a.number = given.number
     )
     update delivery d set state = case when d.state = 'pending' then given.state else d.state end,
       next_attempt_at = case when d.state = 'pending' then given.next_at end,
       ended_at = case when given.state = 'pending' then d.ended_at else coalesce(d.ended_at, clock_timestamp()) end
     from given, event e where d.id = given.delivery_id and e.id = d.event_id and given.state is not null
     returning d.id, d.state, d.wake_id, d.event_id, e.type as event_type`,
    [
      sent.map(({ delivery }) => delivery.deliveryId),
      sent.map(({ delivery }) => delivery.attempts),
      sent.map(({ answer }) => answer.status),
      sent.map(({ answer }) => answer.error),
      sent.map(({ answer }) => answer.body),
      sent.map(({ outcome }) => outcome && states[outcome.kind]),
      sent.map(({ outcome }) => (outcome?.kind === 'retry' ? new Date(outcome.atMs) : null)),
      sent.map(({ agoMs }) => agoMs),
      sent.map(({ durationMs }) => durationMs),
    ],
  )
  const byId = new Map(rows.map((row) => [row.id, row]))
  return sent.flatMap(({ delivery }) => byId.get(delivery.deliveryId) ?? [])
}

/** What follows from the end of deliveries: the wake's last word, the wake's end, or the end of what it leased. */
async function acknowledge(
  tx: Sql,
  mint: Mint,
  { row, configuration }: LockedSession,
  ended: readonly SettledRow[],
): Promise<void> {
  const isLast = ({ eventType }: SettledRow) => eventType === 'session.events_finished'
  const wakes = new Set(ended.filter((each) => !isLast(each)).flatMap(({ wakeId }) => wakeId ?? []))
  for (const wakeId of wakes) await finishWakeEvents(tx, mint, row.id, wakeId)
  const received = ended.filter(({ state }) => state === 'succeeded')
  if (configuration.wakeCompletion === 'implied')
    for (const wakeId of new Set(received.filter(isLast).flatMap((each) => each.wakeId ?? [])))
      await completeWake(tx, mint, row.id, wakeId)
  const withoutWake = received.filter(({ wakeId }) => wakeId === null)
  if (withoutWake.length > 0)
    await endForegroundLeases(
      tx,
      withoutWake.map(({ eventId }) => eventId),
    )
}

async function disableEndpoint(tx: Sql, endpointId: string, reason: string): Promise<void> {
  await tx.run("update endpoint set state = 'disabled', disabled_reason = $2 where id = $1", [endpointId, reason])
}
