import type { Sql } from '#core/database/database.ts'
import { eventually } from './eventually.ts'

/** Waits until this many transactions of the database wait for a lock. */
export function waitForLock(sql: Sql, count = 1): Promise<unknown> {
  return eventually(`${count} wait for a lock`, async () => {
    const waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    return (await sql.many(waiting)).length === count
  })
}
