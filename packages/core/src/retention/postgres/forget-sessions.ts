import { isAged } from '../../database/aged.ts'
import type { Database, Sql } from '../../database/database.ts'
import type { Retention } from '../rules/retention.ts'
import type { LookedAt } from './forget-tasks.ts'

const sessionsAtOnce = 100

/** SQL: nothing names session `s` any more. Its deliveries go with their events. Each is looked up by itself (`offset 0`). */
const isEmpty = `not exists (select 1 from task where session_id = s.id offset 0)
  and not exists (select 1 from event where session_id = s.id offset 0)
  and not exists (select 1 from wake where session_id = s.id and state = 'open' offset 0)`

/**
 * Removes some of the sessions that were invalidated long ago and are empty, from behind `after` on, in the order of their
 * ends; `last`: where to go on, or null after the last of all.
 */
export async function forgetSessions(
  database: Database,
  days: Pick<Retention, 'session'>,
  after: LookedAt | null,
): Promise<{ forgotten: number; last: LookedAt | null }> {
  const looked = await database.many<LookedAt & { empty: boolean }>(
    `select s.id, s.at, ${isEmpty} as empty from (
       select id, invalidated_at as at from session
       where state = 'invalidated' and ${isAged('invalidated_at', '$1')}
         and (invalidated_at, id) > (coalesce($2::timestamptz, '-infinity'), coalesce($3, ''))
       order by invalidated_at, id limit $4) s
     order by at, id`,
    [days.session, after?.at ?? null, after?.id ?? null, sessionsAtOnce],
  )
  const going = looked.filter(({ empty }) => empty).map(({ id }) => id)
  const forgotten = going.length === 0 ? 0 : await database.transaction((tx) => forget(tx, going))
  return { forgotten, last: looked.length < sessionsAtOnce ? null : looked.at(-1)! }
}

async function forget(tx: Sql, found: readonly string[]): Promise<number> {
  const locked = await tx.many<{ id: string }>(
    "select id from session where id = any($1) and state = 'invalidated' for update skip locked",
    [found],
  )
  // Behind the locks, in a statement of its own. An event of the session would have been written with its row locked.
  const empty = await tx.many<{ id: string }>(`select id from session s where id = any($1) and ${isEmpty}`, [
    locked.map(({ id }) => id),
  ])
  return tx.run(
    `with wakes as (
       delete from wake where session_id = any($1)
     ), lanes as (
       delete from delivery_lane where session_id = any($1)
     )
     delete from session where id = any($1)`,
    [empty.map(({ id }) => id)],
  )
}
