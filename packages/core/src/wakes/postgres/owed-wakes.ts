import type { Database } from '../../database/database.ts'
import type { Wake as WakeRow } from '../../database/generated/client.ts'
import { inTurn } from '../../database/in-turn.ts'
import { bringWakeForward } from '../../ledger/append-events.ts'
import { isBusy } from '../../ledger/drained.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { expireWake, openWake } from '../../ledger/open-wake.ts'
import { isResting } from '../../ledger/resting.ts'
import { lockSession } from '../../ledger/session-lock.ts'
import { wakesAtOnce } from '../rules/wake.ts'
import type { LimiterPolicy } from '../rules/wake-limiter.ts'

/** Wakes per tenant, when more wakes are due than one look takes. */
const eachTenant = 5
const lookedAtOnce = 500

/**
 * The sessions whose wake is due: the oldest `$1`, and when there are more than that, the oldest of every tenant too,
 * up to another `$1`, so that a tenant with thousands due at once delays no other tenant. And up to `$1` of those that
 * are owed one while their client is in the foreground: that is due now, and goes out without a wake.
 *
 * Uses the statement's time, which can be looked up in an index; the sessions found are checked by the clock, behind
 * their locks.
 */
const owedWakes = `
  with oldest as (
    select id from session where wake_due_at <= statement_timestamp() order by wake_due_at limit $1
  ), of_each as (
    select f.id from lane l cross join lateral (
      select s.id, s.wake_due_at, row_number() over (order by s.wake_due_at) as place from session s
      where s.tenant_id = l.tenant_id and s.wake_due_at <= statement_timestamp()
      order by s.wake_due_at limit ${eachTenant}) f
    where (select count(*) from oldest) >= $1
    order by f.place, f.wake_due_at limit $1
  ), of_foreground as (
    select s.id from limiter l cross join lateral (
      select id from session where tenant_id = l.tenant_id and wake_due_at is not null limit $1) s
    where l.foreground_until > statement_timestamp() and not ${isResting('l.tenant_id')} limit $1
  )
  select id from oldest union select id from of_each union select id from of_foreground`

/**
 * Opens the wakes that are owed and expires those whose client never completed them; how many there were. From
 * {@link wakesAtOnce} on there may be more.
 */
export async function openOwedWakes(ledger: Ledger, policy: LimiterPolicy): Promise<number> {
  const owed = await ledger.many<{ id: string }>(owedWakes, [wakesAtOnce])
  const late = await ledger.many<WakeRow>(
    "select * from wake where state = 'open' and deadline <= statement_timestamp() order by deadline limit $1",
    [wakesAtOnce],
  )
  await inTurn([
    ...owed.map(
      ({ id }) =>
        () =>
          ledger.transaction((tx) => openWake(tx, policy, id)),
    ),
    ...late.map((row) => () => ledger.transaction((tx) => expireWake(tx, row))),
  ])
  return owed.length + late.length
}

/**
 * A session can drain without a change that is noticed: a retry that is planned for later, a host that is backing off,
 * hours that have closed. This looks at sessions that are owed a wake, some at a time in the order of their ids, and
 * brings due wakes forward. Returns the last session looked at, or null after the last of all.
 */
export async function bringWakesForward(database: Database, after: string | null): Promise<string | null> {
  const looked = await database.many<{ id: string; busy: boolean }>(
    `select s.id, ${isBusy({ tenant: 's.tenant_id', session: 's.id' }, 'statement_timestamp()')} as busy from session s
     where s.wake_due_at is not null and s.wake_due_at > statement_timestamp() and not s.canceling and s.id > $1
       and not ${isResting('s.tenant_id')}
     order by s.id limit $2`,
    [after ?? '', lookedAtOnce],
  )
  for (const { id } of looked.filter(({ busy }) => !busy))
    await database.transaction(async (tx) => bringWakeForward(tx, await lockSession(tx, id)))
  return looked.length < lookedAtOnce ? null : looked.at(-1)!.id
}
