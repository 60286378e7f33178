import { clockNow, type Sql } from '../../database/database.ts'
import type { Event as EventRow, Recovery as RecoveryRow } from '../../database/generated/client.ts'
import { inTurn } from '../../database/in-turn.ts'
import { announce } from '../../database/notify.ts'
import { noSession } from '../../ledger/append-tenant-event.ts'
import { isUndelivered } from '../../ledger/event-filter.ts'
import type { Ledger, Tx } from '../../ledger/ledger.ts'
import { disorderSeconds } from '../rules/recovery-range.ts'
import { listUndelivered, type Undelivered } from './undelivered-events.ts'

const batchEvents = 300
const recoveriesAtOnce = 20

/** Goes on with every recovery by one batch; whether there is more to do. Any number of processes may do this at once. */
export async function runRecoveries(ledger: Ledger): Promise<boolean> {
  const running = await ledger.many<{ id: string }>(
    "select id from recovery where state = 'running' order by id limit $1",
    [recoveriesAtOnce],
  )
  let more = false
  await inTurn(
    running.map(({ id }) => async () => {
      if (await ledger.transaction((tx) => recoverBatch(tx, id))) more = true
    }),
  )
  return more
}

/**
 * The queued deliveries and the recovery's progress are one transaction: a crash repeats nothing and leaves nothing
 * out.
 */
async function recoverBatch(tx: Tx, id: string): Promise<boolean> {
  const recovery = await tx.first<RecoveryRow>(
    "select * from recovery where id = $1 and state = 'running' for update skip locked",
    [id],
  )
  if (!recovery) return false
  const { tenantId, endpointId, since, until } = recovery
  const endpoint = await tx.first<{ eventTypes: string[] }>(
    "select event_types from endpoint where id = $1 and state = 'enabled' and deleted_at is null",
    [endpointId],
  )
  if (!endpoint) {
    await tx.run(`update recovery set state = 'canceled', ended_at = ${clockNow} where id = $1`, [id])
    return false
  }
  const batch = await tx.many<Pick<EventRow, 'id' | 'sessionId' | 'tenantSequence' | 'createdAt'>>(
    `select id, session_id, tenant_sequence, created_at from event
     where tenant_id = $1 and tenant_sequence > $2 order by tenant_sequence limit $3`,
    [tenantId, recovery.position, batchEvents],
  )
  const inRange = batch.filter(({ createdAt }) => createdAt >= since && createdAt < until)
  const behind = until.getTime() + disorderSeconds * 1000
  const isEnd = batch.length < batchEvents || batch.some(({ createdAt }) => createdAt.getTime() > behind)
  // Its end locks other sessions, which come before the delivery lanes: so that is a transaction of its own.
  const done = isEnd && inRange.length === 0
  const wanted = await listUndelivered(tx, endpointId, endpoint.eventTypes, inRange)
  const ofTenant = wanted.filter(({ sessionId }) => sessionId === noSession)
  const ofSessions = wanted.filter(({ sessionId }) => sessionId !== noSession)
  const queued = (await queue(tx, tenantId, endpointId, ofTenant)) + (await makePending(tx, ofSessions))
  if (done) await callForWakes(tx, recovery)
  await tx.run(
    `update recovery set position = $2, examined = examined + $3, queued = queued + $4,
       state = case when $5 then 'completed' else state end, ended_at = case when $5 then ${clockNow} end
     where id = $1`,
    [id, batch.at(-1)?.tenantSequence ?? recovery.position, inRange.length, queued, done],
  )
  return !done
}

/** They wait for the wake that the end of the recovery opens. Their sessions are locked. */
function makePending(tx: Sql, wanted: readonly Undelivered[]): Promise<number> {
  return tx.run('update event set held = true where id = any($1)', [wanted.map(({ eventId }) => eventId)])
}

/**
 * Makes one wake due for each session, when all of its events have been found. Events that are only pending for a wake
 * that is owed wait for it. Sessions are locked in the order of their ids.
 */
async function callForWakes(tx: Sql, { endpointId, since, until }: RecoveryRow): Promise<void> {
  await tx.run(
    `with found as materialized (
       select id from session where id in (
         select s.id from session s where s.endpoint_id = $1 and exists (
           select 1 from event e where e.session_id = s.id and e.held and e.created_at >= $2 and e.created_at < $3
             and (s.wake_due_at is null or exists (
               select 1 from delivery d where d.event_id = e.id and d.endpoint_id = $1 and ${isUndelivered('d')}))))
       order by id for no key update
     )
     update session s set wake_due_at = least(s.wake_due_at, ${clockNow}) from found where s.id = found.id`,
    [endpointId, since, until],
  )
  await announce(tx, 'work')
}

/**
 * Puts them at the ends of their delivery lanes, in the order of their numbers; how many. The delivery lanes' locks are
 * taken in order.
 */
async function queue(tx: Tx, tenantId: string, endpointId: string, wanted: readonly Undelivered[]): Promise<number> {
  if (wanted.length === 0) return 0
  const queued = await tx.run(
    `with given as (
       select *, row_number() over (partition by session_id order by n) as place
       from unnest($3::text[], $4::text[], $5::text[]) with ordinality as given(id, event_id, session_id, n)
     ), sizes as (
       select session_id, count(*) as count from given group by session_id
     ), lane as (
       insert into delivery_lane (session_id, endpoint_id, due_at, last_position)
       select session_id, $2, ${clockNow}, count from sizes order by session_id
       on conflict (session_id, endpoint_id) do update set
         due_at = coalesce(delivery_lane.due_at, excluded.due_at),
         last_position = delivery_lane.last_position + excluded.last_position
       returning session_id, last_position
     )
     insert into delivery (id, tenant_id, session_id, endpoint_id, event_id, wake_id, position, state, next_attempt_at, created_at)
     select given.id, $1, given.session_id, $2, given.event_id, e.wake_id, lane.last_position - sizes.count + given.place,
       'pending', ${clockNow}, ${clockNow}
     from given join sizes using (session_id) join lane using (session_id) join event e on e.id = given.event_id
     on conflict (id) do update set state = 'pending', attempts_before = delivery.attempts,
       next_attempt_at = excluded.next_attempt_at, ended_at = null, position = excluded.position
     where delivery.state in ('failed', 'canceled')`,
    [
      tenantId,
      endpointId,
      wanted.map(({ deliveryId }) => deliveryId ?? tx.mint.id('dlv')),
      wanted.map(({ eventId }) => eventId),
      wanted.map(({ sessionId }) => sessionId),
    ],
  )
  await announce(tx, 'work')
  return queued
}
