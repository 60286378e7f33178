import type { Sql } from '../../database/database.ts'
import { idle, isWantedSql, listOf } from '../../ledger/event-filter.ts'
import type { LongestWaits } from '../task-store.ts'

/** One look into an index for each session, however many tasks and events wait in it. */
export async function longestWaits(sql: Sql, tenantId: string, sessionIdentifier?: string): Promise<LongestWaits> {
  const found = await sql.first<LongestWaits>(
    `select min(task.ready_at) filter (where task.ready_at <= statement_timestamp()) as ready_since,
       min(event.created_at) as held_since
     from session s
       left join endpoint p on p.id = s.endpoint_id
       left join lateral (
         select ready_at from task where session_id = s.id and state = 'waiting' order by ready_at limit 1) task on true
       left join lateral (
         select created_at from event e where e.session_id = s.id and e.held and e.type not in (${listOf(idle)})
           and ${isWantedSql('p.event_types', 'e.type')} order by e.sequence limit 1) event on true
     where s.tenant_id = $1 and s.state <> 'invalidated' and ($2::text is null or s.identifier = $2)`,
    [tenantId, sessionIdentifier ?? null],
  )
  return found!
}
